"""A vendor's documented wire over OpenAI's routes: its models, what it takes, and what it answers otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.faults import Fault
from gateprobe.reference.http.exchange import IncomingRequest, RefusalError
from gateprobe.reference.http.links import Links
from gateprobe.reference.http.router import Handler, Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour
from gateprobe.reference.models import GPT_IMAGE_2, TEXT_MODELS, Catalogue, ImageModel
from gateprobe.reference.persona import Persona
from gateprobe.reference.personas.openai import OPENAI
from gateprobe.reference.personas.openai import build as openai_routes
from gateprobe.reference.state import PersonaState
from tests.market.shape import Shape, ShapedRouter, renamed

LENIENT: Final = ImagesBehaviour(strict=False)


def as_asked(asked: IncomingRequest) -> IncomingRequest:
    """Return a request as it came."""
    return asked


def as_drawn(_asked: IncomingRequest, value: Json) -> Json:
    """Return an answer as OpenAI gives it."""
    return value


def as_refused(refused: RefusalError) -> Json:
    """Return a refusal in OpenAI's envelope."""
    return {"error": refused.error}


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as its documents describe it; `name` is that of its gateway file.

    `root` stands before the paths in place of `/v1`, `maker` before the names of models. `edits` is how edits are taken
    where that differs from generations; None where there are none. `responses` tells whether the Responses API exists.
    `unlike` are capabilities in which its documents differ from OpenAI's, and an audit must find the difference.
    """

    name: str
    image: ImageModel = GPT_IMAGE_2
    unlike: tuple[str, ...] = ()
    root: str = "/v1"
    maker: str = ""
    behaviour: ImagesBehaviour = LENIENT
    edits: ImagesBehaviour | None = LENIENT
    responses: bool = True
    texts: tuple[str, ...] = TEXT_MODELS
    others: tuple[str, ...] = ()
    read: Callable[[IncomingRequest], IncomingRequest] = as_asked
    write: Callable[[IncomingRequest, Json], Json] = as_drawn
    refuse: Callable[[RefusalError], Json] = as_refused
    status: Callable[[RefusalError], int] = lambda refused: refused.status
    variations: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def persona(self) -> Persona:
        """The persona, to serve."""
        return replace(
            OPENAI,
            name=f"{self.name}-shaped",
            title=f"{self.name}-shaped",
            image_model=self.image.name,
            build=self._build,
            headers=lambda _asked, _elapsed: {"x-request-id": "req_0"},
            cors=False,
            faults=self.faults,
            seal=None,
        )

    def _build(self, state: PersonaState, renderer: Renderer) -> Router:
        catalogue = Catalogue(self.texts, (self.image,), owner=self.name, others=self.others)
        images = Images(state, renderer, catalogue, self.behaviour)
        handlers: dict[str, Handler] = {"/v1/images/generations": images.generate}
        if self.edits is not None:
            handlers["/v1/images/edits"] = Images(state, renderer, catalogue, self.edits).edit
        if self.variations:
            handlers["/v1/images/variations"] = handlers["/v1/images/edits"]
        openai = openai_routes(state, renderer)
        routes = (
            Route("GET", "/v1/models", catalogue.list),
            Route("GET", "/v1/models/{id}", catalogue.retrieve),
            *(Route("POST", path, handler) for path, handler in handlers.items()),
            *(route for route in openai.routes if self.responses and "/responses" in route.path),
            *(route for route in openai.routes if self.responses and "/files" in route.path),
            Route("GET", "/pictures/{name}", Links(state).fetch, open=True),
        )
        shape = Shape(self._read, self._write, self.refuse, self.status)
        return ShapedRouter(routes, socket=openai.socket if self.responses else None, shape=shape)

    def _read(self, asked: IncomingRequest) -> IncomingRequest:
        if asked.path.startswith("/pictures/"):
            return asked
        if not asked.path.startswith(f"{self.root}/"):
            raise RefusalError(404, "Not Found")
        path = "/v1" + asked.path.removeprefix(self.root)
        path = path.replace(f"/v1/models/{self.maker}", "/v1/models/") if self.maker else path
        fields = renamed(asked.fields, lambda name: name.removeprefix(self.maker)) if self.maker else asked.fields
        return self.read(replace(asked, path=path, fields=fields))

    def _write(self, asked: IncomingRequest, value: Json) -> Json:
        value = self.write(replace(asked, path="/v1" + asked.path.removeprefix(self.root)), value)
        if not self.maker:
            return value
        value = renamed(value, self._named)
        listed = value.get("data") if asked.path == f"{self.root}/models" else None
        return value | {"data": [row | {"id": self._named(row["id"])} for row in listed]} if listed else value

    def _named(self, model: str) -> str:
        return model if model.startswith(self.maker) else self.maker + model


def without(*names: str) -> Callable[[IncomingRequest], IncomingRequest]:
    """Return how a vendor reads requests that passes over some fields of images in silence."""

    def read(asked: IncomingRequest) -> IncomingRequest:
        fields: Any = asked.fields
        if "/images/" not in asked.path or not isinstance(fields, dict):
            return asked
        uploads = tuple(upload for upload in asked.uploads if upload.field not in names)
        kept = {name: value for name, value in fields.items() if name not in names}
        return replace(asked, fields=kept, uploads=uploads)

    return read


def refusing(*names: str) -> Callable[[IncomingRequest], IncomingRequest]:
    """Return how a vendor reads requests that refuses some fields of images."""

    def read(asked: IncomingRequest) -> IncomingRequest:
        fields: Any = asked.fields
        if "/images/" in asked.path and isinstance(fields, dict):
            for name in names:
                if name in fields:
                    raise RefusalError(400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
        return asked

    return read


def defaulting(values: Mapping[str, Json]) -> Callable[[IncomingRequest], IncomingRequest]:
    """Return how a vendor reads requests that has other defaults for images."""

    def read(asked: IncomingRequest) -> IncomingRequest:
        fields: Any = asked.fields
        if "/images/" not in asked.path or not isinstance(fields, dict):
            return asked
        return replace(asked, fields={**values, **fields})

    return read


def json_edits_only(asked: IncomingRequest) -> IncomingRequest:
    """Refuse a form, as vendors do that take JSON alone."""
    if asked.path == "/v1/images/edits" and asked.form:
        raise RefusalError(415, "Expected application/json.", code="unsupported_media_type")
    return asked


def form_edits_only(asked: IncomingRequest) -> IncomingRequest:
    """Refuse JSON, as vendors do that take a form alone."""
    if asked.path == "/v1/images/edits" and not asked.form and asked.fields is not None:
        raise RefusalError(415, "Expected multipart/form-data.", code="unsupported_media_type")
    return asked


def then(*steps: Callable[[IncomingRequest], IncomingRequest]) -> Callable[[IncomingRequest], IncomingRequest]:
    """Return several ways of reading, one after another."""

    def read(asked: IncomingRequest) -> IncomingRequest:
        for step in steps:
            asked = step(asked)
        return asked

    return read


def data_uris(_asked: IncomingRequest, value: Json) -> Json:
    """Put `data:` before the base64 of pictures, as reversed routes do."""
    rows = value.get("data") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not any("b64_json" in row for row in rows if isinstance(row, dict)):
        return value
    return value | {
        "data": [
            row | {"b64_json": f"data:image/png;base64,{row['b64_json']}"} if "b64_json" in row else row for row in rows
        ]
    }
