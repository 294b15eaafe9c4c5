"""Relays that answer an order with a task, each in a public dialect, and the gateway file that describes it.

The dialects are written after the vendors' documents. The first poll finds a task queued and the second finds it
running, so that a client sees each state on a machine of any speed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import orjson

from gateprobe.gateway import Gateway, loads
from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, json_answer
from gateprobe.reference.http.links import Links
from gateprobe.reference.http.router import Handler, Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour, Urls
from gateprobe.reference.images.sizes import AnySize
from gateprobe.reference.models import GPT_IMAGE_2, Catalogue, ImageModel
from gateprobe.reference.persona import Persona
from gateprobe.reference.state import PersonaState

_AT_ONCE: Final = 0.1  # seconds in which an order is checked before it is answered
_DOCUMENT: Final = """
[documents.guide]
title = "The guide of a fixture"
date = "2026-11"
language = "en"
fictional = true
"""

OFFERED: Final[Mapping[str, str]] = {
    "images.generate": "",
    "images.generate.size": 'values = ["1024x1024", "1536x1024", "1024x1536"]',
    "images.generate.n": "values = [1, 2]",
    "images.generate.quality": 'values = ["low", "medium"]',
    "images.generate.output_format": 'values = ["png", "jpeg", "webp"]',
}
"""What each fixture's document offers of pictures, with the values as a line of its claim."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The wire of one vendor's tasks.

    `orders` are the paths that take an order, each with `generate` or `edit`; `ordered` makes the answer to an order
    and `polled` that to a poll, of the task's name, its state, and what it brought. `words` are those of the states
    queued, running, done and failed. An order without its `flag` is answered at once. Where the vendor checks orders
    `late`, a mistake fails its task.
    """

    name: str
    words: tuple[str, str, str, str]
    orders: Mapping[str, str]
    poll: str
    ordered: Callable[[str, str], PlainAnswer]
    polled: Callable[[str, str, Mapping[str, Json], Json], Json]
    flag: Callable[[IncomingRequest], bool] = lambda _asked: True
    base: str = "/v1"
    image: str = "gpt-image-2"
    key_header: str = ""
    late: bool = False
    offers: tuple[str, ...] = tuple(OFFERED)


def _sub2api_order(name: str, word: str) -> PlainAnswer:
    headers = {"location": f"/v1/images/tasks/{name}", "retry-after": "0", "cache-control": "no-store"}
    answer = json_answer({"id": name, "object": "image.task", "status": word}, 202)
    return replace(answer, headers={**answer.headers, **headers})


def _sub2api_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    found = {"result": dict(result)} if result else {}
    return {"id": name, "object": "image.task", "status": word, **found, **({"error": error} if error else {})}


def _ai302_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    found = {"data": result["data"], "created": result["created"], "usage": result["usage"]} if result else {}
    return {"task_id": name, "status": word, **found, **({"message": error["message"]} if error else {})}


def _apimart_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    task: dict[str, Json] = {"id": name, "status": word, "progress": 50, "created": 1788300000}
    if result:
        task["result"] = {"images": [{"url": [entry["url"]], "expires_at": 1888300000} for entry in result["data"]]}
    return {"code": 200, "data": {**task, **({"error": error} if error else {})}}


def _toapis_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    found = {"result": {"type": "image", "data": result["data"]}} if result else {}
    task = {"id": name, "object": "generation.task", "model": "gpt-image-2", "status": word, "created_at": 1788300000}
    return {**task, **found, **({"error": error} if error else {})}


def _svrouter_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    images = {"images": [entry["url"] for entry in result["data"]]} if result else {}
    return {"task": {"id": name, "status": word, **images, **({"error": error} if error else {})}}


def _ideogram_poll(name: str, word: str, result: Mapping[str, Json], error: Json) -> Json:
    entries = [{"object_type": "image", "resolution": result["size"], **entry} for entry in result.get("data", ())]
    found = {"response_type": "image", "data": entries} if result else {}
    reason = {"failure_reason": error["message"]} if error else {}
    return {"generation_id": name, "status": word, "created": "2026-11-29T04:56:07Z", **found, **reason}


_GENERATIONS: Final = {"/images/generations": "generate"}
_WORDS: Final = ("pending", "processing", "completed", "failed")

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "sub2api",
            ("queued", "processing", "completed", "failed"),
            {"/images/generations/async": "generate", "/images/edits/async": "edit", **_GENERATIONS},
            "/images/tasks/{id}",
            _sub2api_order,
            _sub2api_poll,
            flag=lambda asked: asked.path.endswith("/async"),
        ),
        Dialect(
            "ai302",
            _WORDS,
            {**_GENERATIONS, "/images/edits": "edit"},
            "/images/tasks/{id}",
            lambda name, _word: json_answer({"task_id": name}),
            _ai302_poll,
            flag=lambda asked: asked.query.get("async") == "true",
        ),
        Dialect(
            "apimart",
            _WORDS,
            {**_GENERATIONS, "/images/edits": "edit"},
            "/tasks/{id}",
            lambda name, _word: json_answer({"code": 200, "data": [{"status": "submitted", "task_id": name}]}),
            _apimart_poll,
        ),
        Dialect(
            "toapis",
            ("queued", "in_progress", "completed", "failed"),
            _GENERATIONS,
            "/images/generations/{id}",
            lambda name, word: json_answer(_toapis_poll(name, word, {}, None)),
            _toapis_poll,
            late=True,
        ),
        Dialect(
            "svrouter",
            ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED"),
            {"/images/tasks": "generate"},
            "/images/tasks/{id}",
            lambda name, word: json_answer(
                {"task": {"id": name, "status": word, "status_url": f"/v1/images/tasks/{name}"}}, 202
            ),
            _svrouter_poll,
        ),
        Dialect(
            "ideogram",
            ("pending", "pending", "completed", "failed"),
            {"/image/generate/ideogram-4-5": "generate"},
            "/generations/{id}",
            lambda name, _word: json_answer({"generation_id": name}),
            _ideogram_poll,
            flag=lambda asked: isinstance(asked.fields, dict) and asked.fields.get("async") is True,
            base="/v2",
            image="ideogram-4-5",
            key_header="api-key",
        ),
    )
}
"""The public dialects by name."""


@dataclass(slots=True)
class _Task:
    work: asyncio.Task[Answer]
    polls: int = 0


@dataclass(slots=True)
class _Desk:
    """Takes the orders of one running relay and answers the polls of their tasks."""

    dialect: Dialect
    state: PersonaState
    images: Images
    tasks: dict[str, _Task] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def taking(self, kind: str) -> Handler:
        """Return the handler of orders of a kind."""

        async def order(asked: IncomingRequest) -> Answer:
            self._check(asked)
            fields = dict(asked.fields) if isinstance(asked.fields, dict) else {}
            fields = {name: value for name, value in fields.items() if name != "async"}
            changed = replace(asked, fields={"model": self.dialect.image, **fields})
            handler = self.images.generate if kind == "generate" else self.images.edit
            if not self.dialect.flag(asked):
                return await handler(changed)
            key = asked.headers.get("idempotency-key", "")
            name = self.keys.get(key) or f"task_{secrets.token_hex(8)}"
            if name not in self.tasks:
                await self._begin(name, asyncio.create_task(handler(changed)))
            if key:
                self.keys[key] = name
            return self.dialect.ordered(name, self.dialect.words[0])

        return order

    async def _begin(self, name: str, work: asyncio.Task[Answer]) -> None:
        """Begin a task; raise RefusalError where the order is wrong and the vendor checks it at once."""
        await asyncio.wait({work}, timeout=_AT_ONCE)
        problem = work.exception() if work.done() else None
        is_wrong = isinstance(problem, RefusalError) and problem.error["param"] in ("prompt", "model")
        if problem is not None and (is_wrong or not self.dialect.late):
            raise problem
        self.tasks[name] = _Task(work)
        work.add_done_callback(lambda done: done.cancelled() or done.exception())  # a late refusal waits for a poll

    async def poll(self, asked: IncomingRequest, name: str) -> Answer:
        """Answer how far a task is."""
        self._check(asked)
        task = self.tasks.get(name)
        if task is None:
            raise RefusalError(404, "This task does not exist.", code="task_not_found")
        task.polls += 1
        queued, running, done, failed = self.dialect.words
        if task.polls < 3 or not task.work.done():
            word = queued if task.polls == 1 else running
            return json_answer(self.dialect.polled(name, word, {}, None))
        problem = task.work.exception()
        if problem is None:
            answer = task.work.result()
            assert isinstance(answer, PlainAnswer)
            return json_answer(self.dialect.polled(name, done, orjson.loads(answer.body), None))
        assert isinstance(problem, RefusalError)
        return json_answer(self.dialect.polled(name, failed, {}, problem.error))

    def _check(self, asked: IncomingRequest) -> None:
        header = self.dialect.key_header
        if header and asked.headers.get(header) != self.state.key:
            raise RefusalError(401, "The key is wrong.", code="invalid_api_key")


def _build(dialect: Dialect) -> Callable[[PersonaState, Renderer], Router]:
    model = GPT_IMAGE_2 if dialect.image == GPT_IMAGE_2.name else ImageModel(dialect.image, AnySize())
    catalogue = Catalogue((), (model,), owner="relay")

    def build(state: PersonaState, renderer: Renderer) -> Router:
        behaviour = ImagesBehaviour(urls=Urls.LINK, strict=False, streams=False)
        desk = _Desk(dialect, state, Images(state, renderer, catalogue, behaviour))
        is_open = bool(dialect.key_header)
        orders = (
            Route("POST", dialect.base + path, desk.taking(kind), open=is_open) for path, kind in dialect.orders.items()
        )
        return Router(
            (
                Route("GET", f"{dialect.base}/models", catalogue.list),
                Route("GET", f"{dialect.base}/models/{{id}}", catalogue.retrieve),
                *orders,
                Route("GET", dialect.base + dialect.poll, desk.poll, open=is_open),
                Route("GET", "/pictures/{name}", Links(state).fetch, open=True),
            )
        )

    return build


def relay(name: str) -> Persona:
    """Return the relay that speaks a dialect."""
    dialect = DIALECTS[name]
    summary = "Answers an order with a task."
    return Persona(name, name.title(), summary, "the vendor's page, 2026", "gpt-5.5", dialect.image, _build(dialect))


def gateway_file(name: str) -> Gateway:
    """Return the gateway file of a dialect, with the claims of the fixture's document."""
    text = (Path(__file__).with_name("dialects") / f"{name}.toml").read_text("utf-8")
    claims = "".join(
        f'\n[[claims]]\ncapability = "{capability}"\nstance = "offered"\n{values}\ndocument = "guide"\nquote = "Yes."\n'
        for capability, values in OFFERED.items()
    )
    return loads(text + _DOCUMENT + claims, name)
