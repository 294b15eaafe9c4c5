"""An honest Images endpoint as a plain function, for the tests of probes; every fault is a small change of it."""

from __future__ import annotations

import base64
import io
import random
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from gateprobe.model import Json
from gateprobe.plan.sizes import Size, is_drawn
from gateprobe.plan.tokens import output_tokens
from gateprobe.request import Auth, FormBody, JsonBody, RawBody, Request
from tests.support.evidence.playing import Answer, refusal
from tests.support.evidence.streams import body

LINKS = "http://127.0.0.1:9/pictures/"
MODELS = {"object": "list", "data": [{"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "o"}]}
_RED, _BLUE, _YELLOW, _WHITE = (220, 20, 20), (20, 40, 220), (250, 240, 20), (255, 255, 255)
_COLOURS = (_RED, _YELLOW, (20, 170, 40), _BLUE)
_numbers = iter(range(1, 1_000_000))


def encoded(image: Image.Image, kind: str = "png", level: int = 90) -> bytes:
    """Encode a picture."""
    out = io.BytesIO()
    image.save(out, kind, **({"compress_level": 1} if kind == "png" else {"quality": level}))
    return out.getvalue()


def painted(prompt: str, size: str, kind: str = "png", level: int = 90, turn: int = 0) -> bytes:
    """Paint a red or blue square on white, or noise where the prompt asks for it; `turn` tells pictures apart."""
    read = Size.read(size) or Size(1024, 1024)
    if "noise" in prompt:
        noise = random.Random(turn).randbytes(3 * 256 * 256)  # noqa: S311 - pixels, not secrets
        return encoded(Image.frombytes("RGB", (256, 256), noise).resize((read.width, read.height)), kind, level)
    image = Image.new("RGB", (read.width, read.height), _WHITE)
    edge = min(read.width, read.height) // 2
    colour = _BLUE if "blue" in prompt else _RED
    left = edge // 2 + 16 * turn
    image.paste(colour, (left, edge // 2, left + edge, edge // 2 + edge))
    return encoded(image, kind, level)


def edited(form: FormBody, size: str, kind: str = "png", turn: int = 0) -> bytes:
    """Do what the edits of our scenarios ask for."""
    files = [part for part in form.parts if part.filename]
    pages = [part for part in files if part.name != "mask"]
    read = Size.read(size) or Size(1024, 1024)
    image = Image.new("RGB", (1024, 1024), _YELLOW)
    if len(files) > len(pages):
        for left, top in ((64, 64), (64, 576), (576, 576)):
            image.paste(_RED, (left, top, left + 384, top + 384))
        image.paste(_BLUE, (512, 0, 1024, 512))
    elif len(pages) > 1:
        for place, colour in enumerate(_COLOURS):
            left, top = 512 * (place % 2), 512 * (place // 2)
            image.paste(colour, (left, top, left + 512, top + 512))
    else:
        image.paste(_BLUE, (256 + 16 * turn, 256, 768 + 16 * turn, 768))
    return encoded(image.resize((read.width, read.height)), kind)


def fields_of(request: Request) -> dict[str, Any]:
    """Read a request's fields, from JSON or from a form."""
    match request.body:
        case JsonBody(value) if isinstance(value, dict):
            return dict(value)
        case FormBody(parts):
            fields: dict[str, Any] = {part.name: part.data.decode() for part in parts if not part.filename}
            return fields | {name: int(fields[name]) for name in ("n",) if name in fields}
        case _:
            return {}


def honest(request: Request) -> Answer:
    """Answer as OpenAI does."""
    answer = _answer(request)
    headers = {
        "x-request-id": f"req_{next(_numbers)}",
        "access-control-allow-origin": "*",
        "x-ratelimit-remaining-requests": "99",
        "cache-control": "no-store",
    }
    return answer.but(headers=headers)


def _answer(request: Request) -> Answer:
    if request.method == "OPTIONS":
        return Answer(status=204, headers={"access-control-allow-headers": "authorization, content-type"})
    if request.auth is not Auth.KEY and request.path.startswith("/"):
        return refusal("Incorrect API key provided.", None, "invalid_api_key", 401)
    if request.path == "/models":
        return Answer(MODELS)
    if not request.path.startswith("/images/"):
        return refusal(f"Invalid URL ({request.method} {request.path})", None, None, 404)
    if isinstance(request.body, RawBody):
        return refusal("We could not parse the JSON body of your request.", None, None)
    return _refused(request, fields_of(request)) or _drawn(request, fields_of(request))


def _refused(request: Request, fields: dict[str, Any]) -> Answer | None:
    checks: tuple[tuple[str, Callable[[Any], bool], Json], ...] = (
        ("size", lambda size: isinstance(size, str) and (size == "auto" or is_drawn(size)), "auto"),
        ("n", lambda number: isinstance(number, int) and 1 <= number <= 10, 1),
        ("quality", lambda quality: quality in ("auto", "low", "medium", "high"), "auto"),
        ("output_format", lambda kind: kind in ("png", "jpeg", "webp"), "png"),
        ("moderation", lambda moderation: moderation in ("auto", "low"), "auto"),
        ("output_compression", lambda level: isinstance(level, int) and 0 <= level <= 100, 100),
        ("partial_images", lambda number: 0 <= number <= 3, 0),
        ("background", lambda background: background in ("auto", "opaque"), "auto"),
        ("input_fidelity", lambda fidelity: fidelity is None, None),
        ("response_format", lambda form: form is None, None),
        ("prompt", lambda prompt: prompt is not None, None),
    )
    for name, right, default in checks:
        if not right(fields.get(name, default)):
            return refusal(f"Invalid '{name}'.", name)
    if "nude" in fields["prompt"]:
        return refusal("Your request was rejected by the safety system.", None, "moderation_blocked")
    return _refused_form(request.body) if isinstance(request.body, FormBody) else None


def _refused_form(form: FormBody) -> Answer | None:
    images = [part for part in form.parts if part.filename and part.name != "mask"]
    if not images:
        return refusal("Missing required parameter: 'image'.", "image")
    for part in form.parts:
        if part.name == "mask":
            mask, image = Image.open(io.BytesIO(part.data)), Image.open(io.BytesIO(images[0].data))
            if "A" not in mask.getbands() or mask.size != image.size:
                return refusal("Invalid mask image format.", "mask")
    return None


def _usage(size: str, quality: str, number: int, text: int = 12) -> dict[str, Json]:
    read = Size.read(size) or Size(1024, 1024)
    out = number * (output_tokens(read, quality) or 0)
    return {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": out,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": out},
        "total_tokens": text + out,
    }


def _drawn(request: Request, fields: dict[str, Any]) -> Answer:
    size, kind = str(fields.get("size", "auto")), str(fields.get("output_format", "png"))
    quality, number = str(fields.get("quality", "auto")), fields.get("n", 1)
    size, quality = "1024x1024" if size == "auto" else size, "high" if quality == "auto" else quality

    def one(turn: int) -> str:
        form = request.body if isinstance(request.body, FormBody) else None
        if form is None and request.path.endswith("/edits"):
            form = FormBody(())
        level = fields.get("output_compression", 90)
        painting = (
            painted(fields["prompt"], size, kind, level, turn) if form is None else edited(form, size, kind, turn)
        )
        return base64.b64encode(painting).decode()

    shared = {"background": "opaque", "output_format": kind, "quality": quality, "size": size}
    usage = _usage(size, quality, number)
    if fields.get("stream") not in {True, "true"}:
        data = [{"b64_json": one(turn)} for turn in range(number)]
        return Answer({"created": int(time.time()), "data": data, "usage": usage, **shared})
    family = "image_edit" if request.path.endswith("/edits") else "image_generation"
    events = [
        {"type": f"{family}.partial_image", "partial_image_index": index, "b64_json": one(index + 1)}
        for index in range(fields.get("partial_images", 0))
    ]
    events.append({"type": f"{family}.completed", "b64_json": one(0), "usage": usage})
    return sse([event | {"created_at": int(time.time()), **shared} for event in events])


def sse(events: list[dict[str, Json]]) -> Answer:
    """Write events as OpenAI does."""
    return Answer(body(events), content_type="text/event-stream; charset=utf-8")


def linking(request: Request) -> Answer:
    """Answer honestly, but with links, as ofox documents it."""
    if request.path.startswith(LINKS):
        return Answer(_LINKED[request.path], content_type="image/png")
    fields = {name: value for name, value in fields_of(request).items() if name != "response_format"}
    answer = honest(request.with_(body=JsonBody(fields)))
    if answer.status != 200 or not isinstance(answer.body, dict):
        return answer
    return answer.but(body=answer.body | {"data": [_linked(entry["b64_json"]) for entry in answer.body["data"]]})


_LINKED: dict[str, bytes] = {}


def _linked(text: str) -> dict[str, Json]:
    link = f"{LINKS}{next(_numbers)}.png"
    _LINKED[link] = base64.b64decode(text)
    return {"url": link}
