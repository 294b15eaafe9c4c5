"""Describe a body that is not JSON by its form: empty, a picture, a page, events, JSON lines, cut JSON, text."""

from __future__ import annotations

import json
import re
from typing import Final

import orjson

from gateprobe.message import Message, message, plural
from gateprobe.stream.forms.magic import describe_magic
from gateprobe.stream.forms.of_picture_text import describe_picture_text
from gateprobe.stream.forms.of_values import describe_value
from gateprobe.wire.sse import decode

_HEAD: Final = 65_536
_BOM: Final = b"\xef\xbb\xbf"
_FIELD: Final = re.compile(rb"(?:event|id|retry):|data:(?!image/[\w.+-]+;base64,)|:")
_PAGE: Final = re.compile(
    rb"<(?:!doctype html|html|head|body|center|h[1-4]|pre|div|p|title|meta|script)(?=[\s>/])", re.IGNORECASE
)
_TITLE: Final = re.compile(r"<(title|h1)[^>]*>\s*([^<]*?)\s*</\1", re.IGNORECASE)
_TAG: Final = re.compile(
    r"<(?:style|script)\b(?:(?!<style\b|<script\b).)*?</(?:style|script)>|<[^<>]*>", re.IGNORECASE | re.DOTALL
)
_SHOWN: Final = 100  # characters of a page's text
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]*)")
_CHUNK: Final = re.compile(rb"[0-9a-fA-F]{1,8}\r\n[{\[<a-z]")
_MULTIPART: Final = re.compile(rb"--[^\r\n]{1,80}\r?\ncontent-", re.IGNORECASE)
_CONSTANT: Final = re.compile(rb"[:\[,]\s*(-?(?:NaN|Infinity))\b")
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escaped surrogate. In JSON that strict parsers refuse, its other half is missing."""
_SINGLE: Final = re.compile(rb"[{\[]\s*'")
_CALLBACK: Final = re.compile(rb"[\w$.]{1,60}\(\s*[{\[]")
_FORM: Final = re.compile(rb"[\w.%-]+=[^&\s]*(?:&[\w.%-]+=[^&\s]*)+")
_BEGUN: Final = re.compile(r"t(?:r?|ru)|f(?:al?|als)?|n(?:ul?)?|-|-?\d+(?:\.|[eE][+-]?)|u[0-9a-fA-F]{0,3}|")
"""What is left of a literal, a number or an escape where JSON is cut inside of it."""

_READABLE: Final = 0.8  # of text, at least this share is characters that can be read

_WHOLE: Final = 1 << 20  # bytes up to which a body is searched as a whole


def describe_bytes(body: bytes) -> Message:
    """Return what a body is that cannot be read as JSON, as the end of a sentence that begins with "the body is"."""
    head = body[:_HEAD]
    text = head.removeprefix(_BOM).lstrip()
    if not body:
        return message("empty")
    if not text:
        return plural(len(body), "1 byte of white space", "{number:,} bytes of white space")
    if (form := describe_magic(head)) is not None:
        return form
    if len(body) <= _WHOLE and (is_json := _parsed(body)) is not None:
        return describe_value(is_json[0])
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"} or (b"\0" in head[:4] and head[:4].strip(b"\0")[:1] in {b"{", b"["}):
        return message("text in UTF-16")
    for describe in (_markup, _events, _json_like, _wrapped_text):
        if (form := describe(body, text)) is not None:
            return form
    return _other(head)


def holds_events(head: bytes) -> bool:
    """Return whether a body begins as server-sent events do."""
    return _FIELD.match(head.removeprefix(_BOM).lstrip()) is not None


def _markup(_body: bytes, text: bytes) -> Message | None:
    """Return which page or which XML document it is."""
    if not text.startswith(b"<"):
        return None
    words = text.decode("utf-8", "replace")
    if _PAGE.match(text):
        if (title := _TITLE.search(words)) is not None and title[2]:
            return message("an HTML page ({title!q})", title=title[2])
        shown = " ".join(_TAG.sub(" ", words).split())
        return message("an HTML page ({words!q})", words=shown[:_SHOWN]) if shown else message("an HTML page")
    root = next((name for name in _ROOT.findall(words) if name.lower() != "xml"), "")
    if root.lower() == "svg":
        return message("an SVG picture")
    return message("XML (<{root}>)", root=root[:60]) if root else message("markup")


def _events(body: bytes, text: bytes) -> Message | None:
    """Return which server-sent events it holds."""
    if not _FIELD.match(text):
        return None
    decoded = decode(body[:_WHOLE])
    frames = [*decoded.frames, *([decoded.tail.frame] if decoded.tail.frame is not None else [])]
    data = [frame for frame in frames if frame.data]
    if not data:
        return message("a stream of server-sent events without data")
    try:
        first = orjson.loads(data[0].data)
    except orjson.JSONDecodeError:
        first = None
    event_type = first.get("type") if isinstance(first, dict) else None
    if len(data) == 1 and isinstance(event_type, str):
        return message("1 server-sent event ({type!q})", type=event_type)
    if len(data) == 1:
        if first is None:
            words = data[0].data.decode("utf-8", "replace")
            return message("1 server-sent event with text ({words!q})", words=words)
        return message("1 server-sent event with {form}", form=describe_value(first, 1))
    number = message("a stream of {number:,} server-sent events", number=len(data))
    if isinstance(event_type, str):
        return message("{number} (the first is {type!q})", number=number, type=event_type)
    if first is not None:
        return message("{number} (the first holds {form})", number=number, form=describe_value(first, 1))
    return number


def _json_like(body: bytes, text: bytes) -> Message | None:
    """Return what makes a text no JSON that looks much like it."""
    if text[:1] not in {b"{", b"["}:
        return None
    if body.startswith(_BOM) and _value(body.removeprefix(_BOM)) is not None:
        return message("JSON after a byte order mark")
    if (constant := _CONSTANT.search(text)) is not None:
        return message("JSON with {constant}, which JSON does not have", constant=constant[1].decode())
    lines = [line for line in body[:_WHOLE].splitlines() if line.strip()]
    if len(lines) > 1 and _value(lines[0]) is not None and _value(lines[1]) is not None:
        return message(
            "{number:,} JSON lines, the first {form}", number=len(lines), form=describe_value(_value(lines[0]), 1)
        )
    if _SINGLE.match(text):
        return message("text with single quotes where JSON has double ones ({text!q})", text=_words(text))
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(
            body[:_WHOLE].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
        )
    except (ValueError, RecursionError) as error:
        return _broken(body, text, error)
    rest = len(body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")) - end
    if rest <= 0:
        return (
            message("JSON with an incomplete character escape")
            if _HALF.search(text)
            else message("JSON that strict parsers refuse")
        )
    return message("{form}, followed by {rest:,} more characters", form=describe_value(value, 1), rest=rest)


def _broken(body: bytes, text: bytes, error: Exception) -> Message:
    if isinstance(error, RecursionError):
        return message("JSON that nests deeper than parsers follow")
    rest = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n").rstrip()[getattr(error, "pos", 0) :]
    if not rest or "Unterminated" in str(error) or _BEGUN.fullmatch(rest):
        return plural(len(body), "JSON that is cut after 1 byte", "JSON that is cut after {number:,} bytes")
    line = getattr(error, "lineno", 1)
    return message("broken JSON (at line {line}; it begins {text!q})", line=line, text=_words(text))


def _wrapped_text(body: bytes, text: bytes) -> Message | None:
    """Return what surrounds an answer: a code fence, an HTTP head, chunk sizes, form fields, a callback."""
    if text.startswith(b"```"):
        return message("Markdown with a code block")
    if text.startswith(b"HTTP/"):
        return message("another HTTP answer ({line!q})", line=_words(text.partition(b"\n")[0]))
    if _CHUNK.match(text):
        return message("a body with the sizes of its chunks between the data")
    if _MULTIPART.match(text):
        return message("a multipart body")
    if _CALLBACK.match(text):
        return message("a script that calls a function with JSON ({text!q})", text=_words(text))
    if _FORM.fullmatch(body.strip()[:_HEAD]):
        return message("form fields ({text!q})", text=_words(text))
    words = text.decode("utf-8", "replace")
    return describe_picture_text(words)


def _other(head: bytes) -> Message:
    words = head[:400].decode("utf-8", "ignore")
    readable = sum(character.isprintable() or character in "\r\n\t" for character in words)
    if readable < len(head[:400].decode("utf-8", "replace")) * _READABLE:
        return message("data of no known format (it begins with the bytes {start})", start=head[:8].hex(" "))
    return message("plain text ({text!q})", text=head.decode("utf-8", "replace").strip())


def _parsed(body: bytes) -> tuple[object] | None:
    """Return the value of a whole body in a tuple; None where it is no JSON."""
    try:
        return (orjson.loads(body),)
    except orjson.JSONDecodeError:
        return None


def _words(text: bytes) -> str:
    return text[:200].decode("utf-8", "replace").strip()


def _value(text: bytes) -> object:
    """Return the value of JSON text; None where it is none, or null."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
