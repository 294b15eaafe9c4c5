"""Faults of the picture itself (`img.`): it is missing, cut, or behind a link that leads nowhere."""

from __future__ import annotations

import base64
import io
import itertools
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from PIL import Image

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.pictures.drawing import IMAGES
from gateprobe.reference.faults.streams.frames import (
    RENDERS,
    TERMINAL,
    Object,
    each,
    in_body,
    in_output,
    of_calls,
    of_items,
    without_keys,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, RefusalError
from gateprobe.reference.state import LruStore

_LINKS: Final = "/pictures-of-fault/"
_KEPT: Final = 64
_NOWHERE: Final = "http://image-worker:8080/images/picture.png"
"""An address in the vendor's own network, which no client can reach."""

_DEAD_HOST: Final = "http://127.0.0.2:9"
"""A host on loopback on which nothing listens: port 9 is that of the discard service (RFC 863)."""

ChangeDatum = Callable[[Object], Object]


def _in_data(change: ChangeDatum) -> Callable[[Object], Object]:
    """Make a change of an Images answer out of a change of each of its pictures."""

    def changed(body: Object) -> Object:
        data = body.get("data")
        if not isinstance(data, list):
            return body
        return {**body, "data": [change(entry) if isinstance(entry, dict) else entry for entry in data]}

    return changed


def _no_picture(call: Object) -> Object:
    return {**call, "result": None} if call.get("result") else call


def _empty(frame: Frame) -> Frame:
    changed = of_items(of_calls(_no_picture))(frame)
    if frame.type in TERMINAL and "b64_json" in frame.data:
        return Frame({**frame.data, "b64_json": ""}, frame.event)
    return changed


def _half(text: Json) -> Json:
    """Keep the first half of a base64 text, in whole groups of four: it decodes, and the picture is cut."""
    return text[: len(text) // 8 * 4] if isinstance(text, str) else text


def _cut_call(call: Object) -> Object:
    return {**call, "result": _half(call["result"])} if call.get("result") else call


def _cut_datum(entry: Object) -> Object:
    return {**entry, "b64_json": _half(entry["b64_json"])} if "b64_json" in entry else entry


def _cut_frame(frame: Frame) -> Frame:
    changed = of_items(of_calls(_cut_call))(frame)
    if frame.type not in TERMINAL:
        return changed
    return Frame(
        {name: _half(value) if name in RENDERS else value for name, value in changed.data.items()}, frame.event
    )


class _Linking:
    """Puts pictures behind links, and serves them."""

    def __init__(self) -> None:
        self._pictures: LruStore[bytes] = LruStore(_KEPT)

    def answer(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Return an answer with links for pictures, or the picture behind a link."""
        if sent.method == "GET" and sent.path.startswith(_LINKS):
            data = self._pictures.get(sent.path.removeprefix(_LINKS))
            return answer if data is None else PlainAnswer(200, data, {"content-type": "image/png"})
        return in_body(_in_data(self._linked(sent)), IMAGES)(sent, answer)

    async def frames(self, sent: IncomingRequest, frames: Frames) -> Frames:
        """Yield a stream's frames, the final picture behind a link."""
        async for frame in frames:
            if frame.type in TERMINAL and "b64_json" in frame.data:
                yield Frame(self._linked(sent)(dict(frame.data)), frame.event)
            else:
                yield frame

    def _linked(self, sent: IncomingRequest) -> ChangeDatum:
        def changed(entry: Object) -> Object:
            text = entry.get("b64_json")
            if not isinstance(text, str):
                return entry
            name = secrets.token_hex(8)
            self._pictures.put(name, base64.b64decode(text))
            link = f"http://{sent.headers.get('host', '127.0.0.1')}{_LINKS}{name}"
            return {**without_keys(entry, "b64_json"), "url": link}

        return changed


def _linking(fault: Fault) -> Fault:
    pictures = _Linking()
    return replace(fault, answer=pictures.answer, frames=pictures.frames)


def _relinked(change: Callable[[str], str]) -> ChangeDatum:
    """Change the http link of an entry."""

    def changed(entry: Object) -> Object:
        link = entry.get("url")
        return {**entry, "url": change(link)} if isinstance(link, str) and link.startswith("http") else entry

    return changed


def _gone(sent: IncomingRequest, answer: Answer) -> Answer:
    """Answer 404 for a picture behind a link of the persona."""
    if sent.method != "GET" or sent.path.startswith("/v1/") or answer.status >= 400:
        return answer
    return RefusalError(404, "No such picture.").answer()


def _still(text: Json) -> Json:
    """Keep the first frame of a GIF."""
    data = base64.b64decode(text) if isinstance(text, str) else b""
    if not data.startswith(b"GIF8"):
        return text
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "GIF")
    return base64.b64encode(out.getvalue()).decode()


def _scripted(text: Json) -> Json:
    """Put a script into an SVG."""
    data = base64.b64decode(text) if isinstance(text, str) else b""
    if not data.startswith(b"<svg"):
        return text
    return base64.b64encode(data.replace(b"</svg>", b"<script>location='//example.org'</script></svg>")).decode()


def _of_text(change: Callable[[Json], Json]) -> ChangeDatum:
    return lambda entry: {**entry, "b64_json": change(entry["b64_json"])} if "b64_json" in entry else entry


def _empty_every_third(fault: Fault) -> Fault:
    turns = itertools.count(1)

    def empty(body: Object) -> Object:
        return {**body, "data": []} if "data" in body and next(turns) % 3 == 0 else body

    return replace(fault, answer=in_body(empty, IMAGES))


FAULTS: Final = (
    Fault("img.gif_still", "A GIF has one frame.", answer=in_body(_in_data(_of_text(_still)), IMAGES)),
    Fault("img.svg_script", "An SVG holds a script.", answer=in_body(_in_data(_of_text(_scripted)), IMAGES)),
    Fault(
        "img.empty_data",
        "The answer says success, and is billed, but holds no picture.",
        answer=lambda sent, answer: in_body(in_output(of_calls(_no_picture)), "/v1/responses")(
            sent, in_body(lambda body: {**body, "data": []} if "data" in body else body, IMAGES)(sent, answer)
        ),
        frames=each(_empty),
    ),
    Fault(
        "img.every_third_empty",
        "Every third answer of the Images API contains no picture.",
        start=_empty_every_third,
    ),
    Fault(
        "img.truncated",
        "The picture's bytes stop in the middle: it decodes as base64 and is no whole picture.",
        answer=lambda sent, answer: in_body(in_output(of_calls(_cut_call)), "/v1/responses")(
            sent, in_body(_in_data(_cut_datum), IMAGES)(sent, answer)
        ),
        frames=each(_cut_frame),
    ),
    Fault(
        "img.url_instead_of_b64",
        "A link comes where the documents promise the picture itself.",
        start=_linking,
    ),
    Fault("img.url_gone", "The link to the picture leads nowhere.", answer=_gone),
    Fault(
        "img.url_unreachable",
        "The link to the picture leads into the vendor's own network, where no client gets.",
        answer=in_body(_in_data(_relinked(lambda _link: _NOWHERE)), IMAGES),
    ),
    Fault(
        "img.url_dead_host",
        "The link to the picture names a host on which nothing listens.",
        answer=in_body(_in_data(_relinked(lambda link: f"{_DEAD_HOST}{urlsplit(link).path}")), IMAGES),
    ),
    Fault(
        "img.url_markdown",
        "The link to the picture is Markdown, as in a chat message.",
        answer=in_body(_in_data(_relinked(lambda link: f"![image]({link})")), IMAGES),
    ),
)
