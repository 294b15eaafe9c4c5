"""Relays: three with the Images API alone, one that answers with tasks, one that draws in chat completions.

Each is honest in its own shape: what it does not have is answered with 404, and each picture is drawn as asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.gateway import Gateway, Models, reference
from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, json_answer
from gateprobe.reference.http.links import Links
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour, Urls
from gateprobe.reference.images.sizes import ListedSizes
from gateprobe.reference.models import Catalogue, ImageModel
from gateprobe.reference.persona import Persona
from gateprobe.reference.state import PersonaState
from tests.support.relays.tasks import DIALECTS, gateway_file, relay

_SIZES: Final = ListedSizes(("1024x1024", "1536x1024", "1024x1536", "auto"), default="1024x1024")


def _catalogue(image: str, *others: str) -> Catalogue:
    return Catalogue((), (ImageModel(image, _SIZES),), owner="relay", others=others)


def _elsewhere(state: PersonaState) -> PersonaState:
    """Return a state whose links name another host: the one under which a content network would serve them."""
    return replace(state, origin=state.origin.replace("127.0.0.1", "localhost"))


def _images(state: PersonaState, renderer: Renderer, catalogue: Catalogue) -> Images:
    behaviour = ImagesBehaviour(most=4, quality="medium", urls=Urls.LINK, strict=False, streams=False)
    return Images(_elsewhere(state), renderer, catalogue, behaviour)


def _routes(catalogue: Catalogue, state: PersonaState, *routes: Route) -> Router:
    return Router(
        (
            Route("GET", "/v1/models", catalogue.list),
            Route("GET", "/v1/models/{id}", catalogue.retrieve),
            *routes,
            Route("GET", "/pictures/{name}", Links(state).fetch, open=True),
        )
    )


def _images_only(state: PersonaState, renderer: Renderer) -> Router:
    catalogue = _catalogue("acme-image-3")
    images = _images(state, renderer, catalogue)
    return _routes(catalogue, state, Route("POST", "/v1/images/generations", images.generate))


def _by_name(state: PersonaState, renderer: Renderer) -> Router:
    """Build a relay that lists many models, one of which draws, and answers with base64."""
    catalogue = _catalogue("flux-art-pro", "gpt-5.5", "claude-5", "qwen-vl-max", "text-embedding-4", "whisper-3")
    behaviour = ImagesBehaviour(most=1, strict=False, streams=False)
    images = Images(state, renderer, catalogue, behaviour)
    return _routes(catalogue, state, Route("POST", "/v1/images/generations", images.generate))


def _unlisted(state: PersonaState, renderer: Renderer) -> Router:
    """Build a relay without a list of models, with links on another host, and edits."""
    catalogue = _catalogue("gpt-image-2")
    images = _images(state, renderer, catalogue)
    return Router(
        (
            Route("POST", "/v1/images/generations", images.generate),
            Route("POST", "/v1/images/edits", images.edit),
            Route("GET", "/pictures/{name}", Links(state).fetch, open=True),
        )
    )


def _tasks(state: PersonaState, renderer: Renderer) -> Router:
    catalogue = _catalogue("gpt-image-2")
    images = _images(state, renderer, catalogue)
    finished: dict[str, Json] = {}

    async def submit(asked: IncomingRequest) -> Answer:
        drawn = await images.generate(asked)
        assert isinstance(drawn, PlainAnswer)
        name = f"task_{secrets.token_hex(8)}"
        finished[name] = orjson.loads(drawn.body)["data"]
        return json_answer({"code": 200, "data": [{"status": "submitted", "task_id": name}]})

    async def poll(_asked: IncomingRequest, name: str) -> Answer:
        if name not in finished:
            raise RefusalError(404, "This task does not exist.", code="task_not_found")
        return json_answer({"id": name, "status": "completed", "result": {"images": finished[name]}})

    return _routes(
        catalogue,
        state,
        Route("POST", "/v1/images/generations", submit),
        Route("GET", "/v1/tasks/{id}", poll),
    )


def _chat_only(state: PersonaState, renderer: Renderer) -> Router:
    catalogue = _catalogue("pixie-2-image", "pixie-2-chat")
    images = _images(state, renderer, catalogue)

    async def complete(asked: IncomingRequest) -> Answer:
        fields = asked.fields if isinstance(asked.fields, dict) else {}
        messages = fields.get("messages")
        if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
            raise RefusalError(400, "messages is required", param="messages")
        prompt: Json = {"model": fields.get("model"), "prompt": messages[-1].get("content")}
        drawn = await images.generate(replace(asked, fields=prompt))
        assert isinstance(drawn, PlainAnswer)
        link = orjson.loads(drawn.body)["data"][0]["url"]
        said = {"role": "assistant", "content": f"Here you are.\n\n![image]({link})"}
        choice: Json = {"index": 0, "message": said, "finish_reason": "stop"}
        return json_answer({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "choices": [choice]})

    return _routes(catalogue, state, Route("POST", "/v1/chat/completions", complete))


def _relay(name: str, summary: str, build: Callable[[PersonaState, Renderer], Router]) -> Persona:
    return Persona(name, name.title(), summary, "none: after public relays", "gpt-5.5", "gpt-image-2", build)


RELAYS: Final = {
    relay.name: relay
    for relay in (
        _relay("images-only", "Draws by the Images API, as links on another host.", _images_only),
        _relay("one-of-many", "Lists many models, one of which draws.", _by_name),
        _relay("unlisted", "Lists no model; draws and edits by the Images API, as links on another host.", _unlisted),
        _relay("tasks", "Answers a request for a picture with a task.", _tasks),
        _relay("chat-only", "Draws in chat completions.", _chat_only),
        *(relay(name) for name in DIALECTS),
    )
}
"""The relays by name."""


def relay_file(name: str) -> Gateway:
    """Return the gateway file of a relay; of one without a file, an address without any claim."""
    if name in DIALECTS:
        return gateway_file(name)
    models = Models("pixie-2-chat", "pixie-2-image")
    return replace(reference(), name=name, title=name.title(), models=models, claims={})
