"""Forms of request: the endpoint, streamed or not, a picture or text, the model, an option; and who reports on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import json_text
from gateprobe.gateway.catalogue import RequestForm, catalogue
from gateprobe.message import Message, message
from gateprobe.model import Json
from gateprobe.request import FormBody, JsonBody, Request, Transport

_SURFACES: Final = {"generations": "images.generate", "edits": "images.edit", "responses": "responses.image"}
_LISTS: Final = {"models": "models.list"}
_BY_ID: Final = {
    "responses": "responses.retrieve",
    "conversations": "responses.conversation",
    "files": "responses.image.input_file_id",
}
"""The capabilities of what is read and deleted by its id, by the first segment of the path."""
_ITEMS: Final = "responses.input_items"
_WEBSOCKET: Final = "responses.previous_response_id_websocket"
_IMAGES: Final = "/images/*"
"""The path of forms that concern all of the Images API."""
_USUAL: Final = frozenset({"model", "prompt", "input", "stream", "tools", "image", "images", "type"})

NO_INSTRUCTIONS, MARKUP, LETTERS, IN_BACKGROUND, STRING_INPUT, LIST_INPUT, PICTURE_INPUT, EARLIER_CALL = (
    "no instructions",
    "tags in the text",
    "letters beyond ASCII",
    "background: true",
    "a string as input",
    "a list as input",
    "a picture as input",
    "an earlier picture as input",
)
MANY, MASK, JSON_EDIT = "several pictures", "a mask", "a JSON body"
_FEATURES: Final = {
    ("responses", NO_INSTRUCTIONS): "responses.instructions_optional",
    ("responses", MARKUP): "responses.text.unicode",
    ("responses", LETTERS): "responses.text.unicode",
    ("responses", IN_BACKGROUND): "responses.background",
    ("responses", STRING_INPUT): "responses.input.string",
    ("responses", LIST_INPUT): "responses.input.list",
    ("responses", PICTURE_INPUT): "responses.image.input_image",
    ("responses", EARLIER_CALL): "responses.history_replay",
    ("responses", "previous_response_id"): "responses.previous_response_id",
    ("responses", "tool model"): "responses.image.tool_model",
    ("edits", MANY): "images.edit.many_images",
    ("edits", MASK): "images.edit.mask",
    ("edits", JSON_EDIT): "images.edit.json",
    ("generations", "response_format"): "images.generate.response_format_b64",
}
"""The capabilities of what a request has that is not one field with a capability of that `option`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request asks for. `options` has each option twice: with its value, and with an empty text.

    `picture` and `streaming` are None where nothing is asked for but what has an id.
    """

    path: str
    endpoint: str
    picture: bool | None
    streaming: bool | None
    websocket: bool
    model: str
    options: frozenset[tuple[str, str]]

    @property
    def form(self) -> RequestForm:
        """The form in the words of the catalogue."""
        return RequestForm(self.endpoint, bool(self.picture), bool(self.streaming))


@dataclass(frozen=True, slots=True)
class Form:
    """A form of request; empty fields and None match any value. `without` names an option that it lacks."""

    path: str = ""
    picture: bool | None = None
    streaming: bool | None = None
    websocket: bool = False
    model: str = ""
    option: str = ""
    value: str = ""
    without: str = ""

    def fits(self, facts: Facts) -> bool:
        """Return whether a request is of this form."""
        return (
            self.websocket is facts.websocket
            and (self.path in ("", facts.path) or (self.path == _IMAGES and facts.path.startswith(_IMAGES[:-1])))
            and self.picture in (None, facts.picture)
            and self.streaming in (None, facts.streaming)
            and self.model in ("", facts.model)
            and (not self.option or (self.option, self.value) in facts.options)
            and (not self.without or (self.without, "") not in facts.options)
        )

    @property
    def structural(self) -> bool:
        """Whether it is about more than one model or one option."""
        return not (self.option or self.model)

    @property
    def parameter(self) -> str:
        """The request parameter that makes the form, where it is one."""
        if self.option:
            return self.option
        if self.model:
            return "model"
        return "stream" if self.streaming is not None and not self.path else ""

    @property
    def noun(self) -> Message:
        """The requests of this form, as a subject in the plural."""
        if self.websocket:
            return message("requests over a WebSocket")
        if self.option and self.value:
            what = message("requests with {option}: {value}", option=self.option, value=self.value)
        elif self.option:
            what = message("requests with {option}", option=self.option)
        elif self.model:
            what = message("requests with model: {model}", model=self.model)
        else:
            what = _NOUNS[self.streaming, self.picture]
        if self.without:
            what = message("{requests} and without {option}", requests=what, option=self.without)
        return message("{requests} to {path}", requests=what, path=self.path) if self.path else what


_NOUNS: Final = {
    (None, None): message("requests"),
    (None, True): message("requests for a picture"),
    (None, False): message("requests for a text"),
    (True, None): message("streams (requests with stream: true)"),
    (True, True): message("streams of a picture (requests with stream: true)"),
    (True, False): message("streams of a text (requests with stream: true)"),
    (False, None): message("requests without a stream"),
    (False, True): message("requests for a picture without a stream"),
    (False, False): message("requests for a text without a stream"),
}


def facts_of(request: Request) -> Facts:
    """Return what a request asks for."""
    if by_id(request):
        return _facts_by_id(request)
    path = request.path.partition("?")[0].rstrip("/")
    body = request.json if isinstance(request.json, dict) else {}
    named = dict(_options(request, body))
    options = frozenset(named.items()) | frozenset((name, "") for name in named)
    return Facts(
        path=path,
        endpoint=request.endpoint,
        picture=bool(request.buys),
        streaming=request.streams,
        websocket=request.transport is Transport.WEBSOCKET,
        model=str(body.get("model") or _field(request, "model")),
        options=options,
    )


def by_id(request: Request) -> bool:
    """Return whether a request reads or deletes something by its id."""
    kind, _, name = request.path.strip("/").partition("/")
    return request.method in ("GET", "DELETE") and kind in _BY_ID and bool(name)


def _facts_by_id(request: Request) -> Facts:
    """Return what a request for something with an id asks for; its path has `{id}` for the id, and the method."""
    kind, _, *rest = request.path.partition("?")[0].strip("/").split("/")
    path = f"/{'/'.join((kind, '{id}', *rest))} ({request.method})"
    return Facts(path, rest[0] if rest else kind, None, None, websocket=False, model="", options=frozenset())


def _options(request: Request, body: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield the options of a request, each with its value as JSON text; empty where it is no single value."""
    if not request.prompt.isascii():
        yield LETTERS, ""
    if isinstance(request.body, FormBody):
        files = [part for part in request.body.parts if part.filename is not None]
        yield from ((part.name, _field(request, part.name)) for part in request.body.parts if part.name not in _USUAL)
        if sum(part.name != "mask" for part in files) > 1:
            yield MANY, ""
        if any(part.name == "mask" for part in files):
            yield MASK, ""
        return
    if request.endpoint == "edits" and isinstance(request.body, JsonBody):
        yield JSON_EDIT, ""
    yield from _tool_options(body.get("tools"))
    in_background = body.get("background") is True
    known = _USUAL | {"background"} if in_background else _USUAL  # the image tool has an option of this name
    yield from ((name, _value(value)) for name, value in body.items() if name not in known)
    yield from ((name, "") for name in _inputs(body.get("input")))
    if in_background:
        yield IN_BACKGROUND, ""
    if request.endpoint == "responses" and request.method == "POST" and "instructions" not in body:
        yield NO_INSTRUCTIONS, ""


def _tool_options(tools: Json) -> Iterator[tuple[str, str]]:
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            yield from ((name, _value(value)) for name, value in tool.items() if name not in _USUAL)
            if "model" in tool:
                yield "tool model", _value(tool["model"])


def _inputs(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield STRING_INPUT
        if "</" in value:
            yield MARKUP
    if not isinstance(value, list):
        return
    yield LIST_INPUT
    items = [item for item in value if isinstance(item, dict)]
    if any(item.get("type") == "image_generation_call" for item in items):
        yield EARLIER_CALL
    parts = [part for item in items if isinstance(item.get("content"), list) for part in item["content"]]
    if any(isinstance(part, dict) and part.get("type") == "input_image" for part in parts):
        yield PICTURE_INPUT


def _value(value: Json) -> str:
    if isinstance(value, str):
        return value[:60]
    return json_text(value, 60) if isinstance(value, int | float) else ""


def _field(request: Request, name: str) -> str:
    parts = request.body.parts if isinstance(request.body, FormBody) else ()
    texts = (part.data.decode("utf-8", "replace") for part in parts if part.name == name and part.filename is None)
    return next(texts, "")[:60]


def forms_of(facts: Facts, *, lacking: bool = False) -> Iterator[Form]:
    """Yield the forms of a request, ordered by which a message should name first.

    With `lacking`, this includes the lack of instructions, which nearly all requests share.
    """
    if facts.websocket:
        yield Form(websocket=True)
        return
    path, picture, streaming = facts.path, facts.picture, facts.streaming
    if streaming is None:
        yield Form(path)
        return
    yield Form(streaming=streaming)
    yield Form(path)
    yield Form(picture=picture)
    yield Form(picture=picture, streaming=streaming)
    if path.startswith(_IMAGES[:-1]):
        yield Form(_IMAGES, streaming=streaming)
    yield Form(path, streaming=streaming)
    yield Form(path, picture=picture)
    yield Form(path, picture, streaming)
    if facts.model:
        yield Form(model=facts.model)
    for option, value in sorted(facts.options):
        if option == NO_INSTRUCTIONS and not lacking:
            continue
        yield Form(option=option, value=value)
        yield Form(path, option=option, value=value)


def capabilities_of(form: Form, facts: Facts) -> tuple[str, ...]:
    """Return the capabilities that a failing request of a form breaks: of its option, or of its kind of request."""
    if facts.websocket:
        return (_WEBSOCKET,)
    if form.option and (named := _of_option(facts.endpoint, form.option)):
        return (named,)
    return (reporter,) if (reporter := reporter_of(facts)) else ()


def reporter_of(facts: Facts) -> str:
    """Return the capability that reports on a kind of request; empty where none does."""
    if facts.websocket:
        return _WEBSOCKET
    if facts.streaming is None:
        return _ITEMS if facts.endpoint == "input_items" else _BY_ID[facts.path.split("/")[1].split()[0]]
    known = catalogue().by_id.values()
    by_form = (each.id for each in known if each.reports is not None and each.reports == facts.form)
    return next(by_form, _LISTS.get(facts.endpoint, ""))


def _of_option(endpoint: str, option: str) -> str:
    if (endpoint, option) in _FEATURES:
        return _FEATURES[endpoint, option]
    surface = _SURFACES.get(endpoint, "")
    known = (each.id for each in catalogue().by_id.values() if each.option == option and each.surface == surface)
    return next(known, "")
