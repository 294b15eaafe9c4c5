"""What draws at a gateway, and how: the ways that brought a picture, and what was asked for and is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from gateprobe.evidence import (
    ChatShape,
    Delivered,
    Evidence,
    Exchange,
    MalformedAnswerError,
    Task,
    as_picture,
    chat_pictures,
    delivered,
    entries,
    task_of,
)
from gateprobe.gateway import Gateway
from gateprobe.image import NotAPicture, open_picture
from gateprobe.judge.ordered_tasks import ordered_tasks, polled_at
from gateprobe.judge.surfaces import Surface, Survey, read_survey
from gateprobe.probe import REPLAYS, SURVEY
from gateprobe.record.file import Run
from gateprobe.request import Request, Transport
from gateprobe.views.evidence import evidence_of

_LOOKED_AT: Final = 3  # answers of one form that are looked at


class Delivery(StrEnum):
    """How a picture comes."""

    BASE64 = "base64"
    DATA_URI = "data URI"
    LINK = "link"


class Lack(StrEnum):
    """What a gateway was asked for and does not have, the most general first."""

    IMAGES_API = "images api"
    STREAMING = "streaming"
    EDITS = "edits"
    RESPONSES_API = "responses api"
    RESPONSES_PICTURES = "responses pictures"


@dataclass(frozen=True, slots=True)
class DrawingWay:
    """A form of request that returned a picture: its endpoint, the form of the picture, and a request to copy.

    `poll` is the path at which its task was polled; empty where the picture came at once. `shape` is where a chat
    completion holds the picture.
    """

    path: str
    streams: bool
    edits: bool
    delivery: Delivery
    host: str
    format: str
    request: Request
    poll: str = ""
    shape: ChatShape | None = None


@dataclass(frozen=True, slots=True)
class OrderedTask:
    """An answer that is a task: the path that gave it, its name, and where it can be polled (empty: not known)."""

    path: str
    name: str
    poll: str


@dataclass(frozen=True, slots=True)
class RefusedPicture:
    """The refusal of a request for a picture: its path, its status, and what the gateway states."""

    path: str
    status: int
    stated: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws at a gateway. `asked` is set where a picture was asked for, `talks` where chat answers.

    `refused` is the first refusal where nothing drew. `untried` are the paths of endpoints that answered the survey and
    were not asked for a picture.
    """

    gateway: str
    title: str
    ways: tuple[DrawingWay, ...] = ()
    lacks: tuple[Lack, ...] = ()
    task: OrderedTask | None = None
    talks: bool = False
    asked: bool = False
    refused: RefusedPicture | None = None
    untried: tuple[str, ...] = ()

    @property
    def best(self) -> DrawingWay | None:
        """The simplest way that draws a new picture."""
        return next((way for way in self.ways if not way.edits), None)


def read_drawing(gateway: Gateway, captured: Mapping[str, Evidence]) -> Drawing:
    """Return what draws at a gateway, by its evidence."""
    survey = read_survey(captured.get(SURVEY))
    captured = {name: delivered(evidence, gateway) for name, evidence in captured.items()}
    forms = _forms(captured)
    ways = tuple(way for form in forms.values() if (way := _first_way(form, captured)) is not None)
    ways = tuple(sorted(ways, key=_place))
    asked = bool(forms)
    return Drawing(
        gateway.name,
        gateway.title,
        ways,
        tuple(_lacks(ways, forms, survey)),
        _task(captured),
        survey.present(Surface.CHAT),
        asked,
        None if ways else _refused(forms),
        tuple(_untried(forms, survey)) if asked else (),
    )


def drawings_of(run: Run, gateways: Iterable[Gateway]) -> dict[str, Drawing]:
    """Return what draws at each gateway of a run, by the evidence in its folder."""
    return {gateway.name: read_drawing(gateway, evidence_of(run, gateway.name)) for gateway in gateways}


_DRAWING: Final = (Surface.GENERATIONS, Surface.EDITS, Surface.RESPONSES)


def _untried(forms: Iterable[Form], survey: Survey) -> Iterator[str]:
    """Yield the paths of endpoints that exist and were not asked for a picture."""
    tried = {path for path, _ in forms}
    for surface in _DRAWING:
        answers = survey.answers.get(surface, ())
        path = answers[0].request.path.partition("?")[0] if answers else ""
        if survey.present(surface) and path not in tried:
            yield path


def _refused(forms: Mapping[Form, list[Exchange]]) -> RefusedPicture | None:
    """Return the first refusal of a request for a picture that states an error."""
    for (path, _), exchanges in forms.items():
        for exchange in exchanges:
            try:
                error = exchange.error
            except MalformedAnswerError:
                continue
            if error is not None and exchange.status is not None and exchange.status >= 400:
                return RefusedPicture(path, exchange.status, error.message)
    return None


Form = tuple[str, bool]
"""A path, and whether a stream was asked for."""


def _forms(captured: Mapping[str, Evidence]) -> dict[Form, list[Exchange]]:
    """Return the answered requests for a picture by form, the simplest request of each first."""
    forms: dict[Form, list[Exchange]] = {}
    for name, evidence in captured.items():
        for exchange in evidence.exchanges if not name.startswith(REPLAYS) else ():
            request = exchange.request
            answered = exchange.status is not None and exchange.status < 500 and exchange.status not in (401, 403, 429)
            if request.images and request.transport is Transport.HTTP and answered:
                forms.setdefault((request.path.partition("?")[0], request.streams), []).append(exchange)
    return {form: sorted(exchanges, key=_effort) for form, exchanges in forms.items()}


def _effort(exchange: Exchange) -> tuple[int, int, int]:
    request = exchange.request
    return request.images, len(request.fields), len(str(request.json))


def _place(way: DrawingWay) -> tuple[bool, bool, bool]:
    return way.edits, not way.request.of_images, way.streams


def _first_way(exchanges: Iterable[Exchange], captured: Mapping[str, Evidence]) -> DrawingWay | None:
    good = [exchange for exchange in exchanges if exchange.ok and exchange.error is None and task_of(exchange) is None]
    for exchange in good[:_LOOKED_AT]:
        try:
            way = _way(exchange, captured)
        except (MalformedAnswerError, NotAPicture, RecursionError):
            continue
        if way is not None:
            return way
    return None


def _way(exchange: Exchange, captured: Mapping[str, Evidence]) -> DrawingWay | None:
    request = exchange.request
    path = request.path.partition("?")[0]
    edits = request.endpoint == "edits"
    poll = _poll(exchange)
    if request.endpoint == "completions":
        return _chat_way(exchange, captured)
    if exchange.pictures:
        is_uri = request.of_images and not exchange.is_stream and _url_of(exchange).startswith("data:")
        delivery = Delivery.DATA_URI if is_uri else Delivery.BASE64
        return DrawingWay(path, request.streams, edits, delivery, "", exchange.pictures[0].format, request, poll)
    link = _url_of(exchange) if request.of_images and not exchange.is_stream else ""
    if not link.startswith(("http://", "https://")):
        return None
    kind = _format_linked(captured.get(exchange.scenario_run))
    return DrawingWay(path, request.streams, edits, Delivery.LINK, urlsplit(link).hostname or "", kind, request, poll)


def _chat_way(exchange: Exchange, captured: Mapping[str, Evidence]) -> DrawingWay | None:
    """Return the form in which chat completions returned a picture; None if they returned none."""
    picture = next(iter(chat_pictures(exchange)), None)
    if picture is None:
        return None
    path, request = exchange.request.path.partition("?")[0], exchange.request
    if picture.value.startswith(("http://", "https://")):
        kind = _format_linked(captured.get(exchange.scenario_run))
        host = urlsplit(picture.value).hostname or ""
        delivery = Delivery.LINK
    else:
        kind, host = as_picture(picture.value, "the picture").format, ""
        delivery = Delivery.DATA_URI if picture.value.startswith("data:") else Delivery.BASE64
    if not kind:
        return None
    return DrawingWay(
        path,
        streams=False,
        edits=False,
        delivery=delivery,
        host=host,
        format=kind,
        request=request,
        shape=picture.shape,
    )


def _poll(exchange: Exchange) -> str:
    """Return the path at which an order's task was polled, with `{id}` for its name; empty without a task."""
    if not isinstance(exchange, Delivered) or not exchange.polls:
        return ""
    return exchange.polls[-1].request.path.replace(exchange.task, "{id}")


def _url_of(exchange: Exchange) -> str:
    urls = (entry.get("url") for entry in entries(exchange.json()))
    return next((url for url in urls if isinstance(url, str)), "")


def _format_linked(evidence: Evidence | None) -> str:
    """Return the format of the first picture that a link of a scenario brought; empty where none came."""
    for exchange in evidence.exchanges if evidence is not None else ():
        if exchange.request.is_link and exchange.ok:
            try:
                return open_picture(exchange.body).format
            except NotAPicture:
                continue
    return ""


def _lacks(ways: Iterable[DrawingWay], forms: Mapping[Form, list[Exchange]], survey: Survey) -> Iterator[Lack]:
    drawn = {(way.path, way.streams) for way in ways}
    draws_by_images = any(way.request.of_images for way in ways)
    endpoints = {form: exchanges[0].request.endpoint for form, exchanges in forms.items()}
    images = [form for form in forms if endpoints[form] == "generations"]
    if survey.absent(Surface.GENERATIONS):
        yield Lack.IMAGES_API
    if draws_by_images and (streamed := [form for form in images if form[1]]) and not drawn & set(streamed):
        yield Lack.STREAMING
    edits = [form for form in forms if endpoints[form] == "edits"]
    without_task = {form for form in edits if any(task_of(exchange) is None for exchange in forms[form])}
    if survey.absent(Surface.EDITS) or (without_task and not drawn & set(edits)):
        yield Lack.EDITS
    responses = [form for form in forms if form[0].endswith("/responses")]
    if survey.absent(Surface.RESPONSES) or _missing(forms, responses):
        yield Lack.RESPONSES_API
    elif responses and not drawn & set(responses):
        yield Lack.RESPONSES_PICTURES


def _missing(forms: Mapping[Form, list[Exchange]], wanted: Iterable[Form]) -> bool:
    """Return whether each request of some forms was answered as a missing endpoint; False without any."""
    answers = [exchange for form in wanted for exchange in forms[form]]
    return bool(answers) and all(exchange.status in (404, 405, 501) for exchange in answers)


def _task(captured: Mapping[str, Evidence]) -> OrderedTask | None:
    tasks: list[tuple[Exchange, Task]] = list(ordered_tasks(captured))
    if not tasks:
        return None
    exchange, task = min(tasks, key=lambda pair: pair[0].request.endpoint == "edits")
    return OrderedTask(exchange.request.path.partition("?")[0], task.name, polled_at(captured, exchange))
