"""Requests in the form that a gateway documents: each builder starts from the gateway's baseline.

A probe about something else must not fail because a gateway needs `instructions`; a probe about the baseline omits
them on purpose. A keyword given as `OMIT` leaves that field out, whatever the baseline says.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, Literal

from gateprobe.gateway import Encoding, Gateway
from gateprobe.model import Json
from gateprobe.request import Auth, Body, Buy, FormBody, JsonBody, Part, Request, Transport
from gateprobe.wire.signatures import JPEG, RIFF
from gateprobe.wording import Phrase


class Omit(Enum):
    """The type of OMIT."""

    OMIT = "omit"


OMIT: Final = Omit.OMIT
"""Leave this field out, whatever the baseline says."""


def square_prompt(text: str, figure: str, page: str) -> Phrase:
    """Return a prompt for a square: a text without a seed, else of a drawn colour (`{figure}`) on a page."""
    return Phrase(
        text,
        f"{{Draw|Paint|Sketch|Please draw|Please paint}} a {{solid|plain|flat|uniform|single-coloured}} {figure} square"
        f" {{on|in the middle of|in front of|centred on}} a {{|plain |clean |pure |flat }}{page} background."
        "{| No text.| No words.| No border.| No frame.| No shadow.| No pattern.| Nothing else.| Keep it simple.}",
    )


RED_SQUARE: Final = square_prompt("Draw a solid red square on a white background.", "{figure}", "white")
"""The prompt that most probes share; its pixels can be checked."""

CHEAP: Final[Mapping[str, Json]] = {"quality": "low", "size": "1024x1024"}
"""The cheapest picture that every documented model draws."""


def _body(gateway: Gateway, body: Mapping[str, Json | Omit]) -> dict[str, Json]:
    plain: dict[str, Json] = _plain({name: value for name, value in body.items() if value is not OMIT}, gateway.seed)
    return plain


def _plain(value: Json, seed: int) -> Json:
    """Return a value as plain JSON: tables of gateway files are read-only, phrases are said in the words of the run."""
    match value:
        case Phrase():
            return value.of(seed)
        case Mapping():
            return {_plain(key, seed): _plain(inner, seed) for key, inner in value.items()}
        case list():
            return [_plain(inner, seed) for inner in value]
    return value


def _cheap(gateway: Gateway) -> dict[str, Json]:
    """Return the cheapest quality and size, without what the gateway's baseline leaves out."""
    return {field: value for field, value in CHEAP.items() if field not in gateway.baseline.omit}


def _with_baseline(gateway: Gateway, request: Request) -> Request:
    """Return a request with the baseline's headers and query."""
    headers = (*gateway.headers().items(), *request.headers)
    return request.with_(headers=headers, query=(*gateway.baseline.query.items(), *request.query))


def _ordered(gateway: Gateway, request: Request, surface: str) -> Request:
    """Return a request for pictures with the baseline, and with the query of an order where they come by a task."""
    query = gateway.tasks.query if gateway.tasks is not None else {}
    unnamed = "" if request.of_images else surface
    return _with_baseline(gateway, request.with_(query=(*request.query, *query.items()), surface=unnamed))


def _order_fields(gateway: Gateway) -> Mapping[str, Json]:
    """Return the fields that an order of a picture adds to a request; none where pictures come at once."""
    return gateway.tasks.body if gateway.tasks is not None else {}


def image_tool(gateway: Gateway, **options: Json | Omit) -> dict[str, Json]:
    """Return the hosted image tool by the baseline, at the cheapest quality and size unless others are given."""
    base: dict[str, Json | Omit] = {"type": "image_generation"}
    if gateway.baseline.responses.tool_model:
        base["model"] = gateway.models.image
    return _body(gateway, base | _cheap(gateway) | options)


def user(text: str, *content: Json) -> dict[str, Json]:
    """Return a user message with a text and further content parts (pictures)."""
    return {"role": "user", "content": [{"type": "input_text", "text": text}, *content]}


def responses(
    gateway: Gateway,
    prompt: str | list[Json] | Omit = RED_SQUARE,
    *,
    buys: int | Iterable[Buy] = 0,
    auth: Auth = Auth.KEY,
    transport: Transport = Transport.HTTP,
    headers: tuple[tuple[str, str], ...] = (),
    note: str = "",
    **body: Json | Omit,
) -> Request:
    """Return a request to the Responses API; `prompt` is a text, or a list of input items as they are.

    Over a WebSocket the same body leaves as a `response.create` message, without `stream`.
    """
    base = gateway.baseline.responses
    asked: dict[str, Json | Omit] = {"model": gateway.models.text, "input": prompt, **base.body}
    if isinstance(prompt, str) and base.input == "list":
        asked["input"] = [user(prompt)]
    if base.instructions is not None:
        asked["instructions"] = base.instructions
    if base.stream:
        asked["stream"] = True
    asked |= body
    value = _body(gateway, asked)
    if transport is Transport.WEBSOCKET:
        value.pop("stream", None)
        value = {"type": "response.create", **value}
    path = gateway.path("responses") or "/responses"
    sent = Request(
        "POST",
        path,
        JsonBody(value),
        auth,
        headers,
        (),
        _buys(buys, body),
        bool(value.get("stream")),
        transport,
        note,
    )
    return _with_baseline(gateway, sent)


def generations(
    gateway: Gateway,
    prompt: str | Omit = RED_SQUARE,
    *,
    buys: int | Iterable[Buy] = 0,
    auth: Auth = Auth.KEY,
    headers: tuple[tuple[str, str], ...] = (),
    note: str = "",
    **body: Json | Omit,
) -> Request:
    """Return a request for new pictures by the Images API, at the cheapest quality and size unless others are given."""
    asked = {"model": gateway.models.image, "prompt": prompt, **_cheap(gateway), **gateway.baseline.images}
    value = _body(gateway, {**asked, **_order_fields(gateway), **body})
    path = gateway.path("generations") or "/images/generations"
    streams = bool(value.get("stream"))
    sent = Request("POST", path, JsonBody(value), auth, headers, (), _buys(buys, body), streams, note=note)
    return _ordered(gateway, sent, "generations")


def referring(gateway: Gateway, prompt: str, picture: bytes, *, buys: int = 0) -> Request:
    """Return a request for a new picture made from a PNG picture, in the documented field or as `image`."""
    fields = _with_picture(gateway.baseline.reference or {"image": "{picture}"}, data_url(picture))
    return generations(gateway, prompt, buys=buys, **fields)


def _with_picture(value: Json, link: str) -> Json:
    if isinstance(value, Mapping):
        return {key: _with_picture(inner, link) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_picture(inner, link) for inner in value]
    return value.replace("{picture}", link) if isinstance(value, str) else value


def _format_of(data: bytes) -> str:
    """Return the format of a generated picture, by its first bytes."""
    return "jpeg" if data.startswith(JPEG) else "webp" if data.startswith(RIFF) else "png"


def file_part(name: str, data: bytes) -> Part:
    """Return a PNG, JPEG or WebP file as a part of a form."""
    kind = _format_of(data)
    return Part(name, data, filename=f"{name.strip('[]')}.{kind}", content_type=f"image/{kind}")


def data_url(data: bytes) -> str:
    """Return a PNG, JPEG or WebP file as a data URL."""
    return f"data:image/{_format_of(data)};base64," + base64.b64encode(data).decode()


def edits(
    gateway: Gateway,
    prompt: str | Omit,
    images: Iterable[bytes] = (),
    *,
    mask: bytes | None = None,
    buys: int | Iterable[Buy] = 0,
    field: Literal["image", "image[]"] | None = None,
    encoding: Encoding | None = None,
    note: str = "",
    **fields: Json | Omit,
) -> Request:
    """Return a request to the Images API to change pictures, in the documented encoding unless another is given.

    In a multipart form, `field` names the parts of pictures; without it, as the official SDKs do, one picture is
    `image`, several are `image[]`. In JSON they are data URLs in `images` (OpenAI specification, 2026-08-21).
    """
    asked = {"model": gateway.models.image, "prompt": prompt, **_cheap(gateway), **gateway.baseline.edits}
    value, pictures = _body(gateway, {**asked, **_order_fields(gateway), **fields}), list(images)
    path = gateway.path("edits") or "/images/edits"
    body = (
        _json_of_edit(value, pictures, mask)
        if (encoding or gateway.baseline.edit_encoding) == "json"
        else _form_of_edit(value, pictures, mask, field)
    )
    sent = Request("POST", path, body, Auth.KEY, (), (), _buys(buys, fields), bool(value.get("stream")), note=note)
    return _ordered(gateway, sent, "edits")


def _form_of_edit(fields: Mapping[str, Json], pictures: list[bytes], mask: bytes | None, name: str | None) -> FormBody:
    name = name or ("image" if len(pictures) == 1 else "image[]")
    parts = [Part(key, _field_text(value).encode()) for key, value in fields.items()]
    parts += [file_part(name, data) for data in pictures]
    if mask is not None:
        parts.append(file_part("mask", mask))
    return FormBody(tuple(parts))


def _json_of_edit(fields: dict[str, Json], pictures: list[bytes], mask: bytes | None) -> JsonBody:
    value = {**fields, "images": [{"image_url": data_url(data)} for data in pictures]} if pictures else fields
    return JsonBody(value if mask is None else {**value, "mask": {"image_url": data_url(mask)}})


def _field_text(value: Json) -> str:
    """Return a form field as the official SDKs write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def models(gateway: Gateway, model: str | None = None, *, auth: Auth = Auth.KEY) -> Request:
    """Return a request for the models list, or for one model."""
    path = gateway.path("models") or "/models"
    if model is not None:
        path = f"{path}/{_plain(model, gateway.seed)}"
    return _with_baseline(gateway, Request("GET", path, None, auth))


def get(gateway: Gateway, path: str, *, method: str = "GET", body: Body = None, **changes: Any) -> Request:
    """Return a request for a path below the base URL, without a body unless one is given."""
    sent = JsonBody(_plain(body.value, gateway.seed)) if isinstance(body, JsonBody) else body
    return _with_baseline(gateway, Request(method, _plain(path, gateway.seed), sent, **changes))


def _buys(buys: int | Iterable[Buy], body: Mapping[str, Json | Omit]) -> tuple[Buy, ...]:
    """Return what a request buys: so many pictures, with the size and quality in the body (or its tool)."""
    if not isinstance(buys, int):
        return tuple(buys)
    if not buys:
        return ()
    source: Mapping[str, Any] = body
    tools = body.get("tools")
    if isinstance(tools, list) and tools and isinstance(tools[0], dict):
        source = tools[0]
    size, quality = source.get("size"), source.get("quality")
    known_size = size if isinstance(size, str) and "x" in size else "1024x1024"
    known_quality = quality if quality in ("low", "medium", "high", "xhigh", "max") else "low"
    return (Buy(buys, known_size, str(known_quality)),)
