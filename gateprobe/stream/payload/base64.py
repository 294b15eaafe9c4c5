"""Base64 of pictures: whether it decodes, and the format and size that it states, without decoding all of it."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Final

from gateprobe.message import Message, message
from gateprobe.wire.signatures import JPEG, PNG

BASE64_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

REAL_PICTURE: Final = 1000
"""No real picture has fewer base64 characters: shorter ones were shortened by hand, or made up."""

_CHUNK: Final = 1 << 18  # bytes that are checked in one go, so that a picture of any size takes little memory
_GROUP: Final = 4  # base64 characters that make three bytes
_PNG_END: Final = b"IEND\xaeB`\x82"

_SHORTENED: Final = re.compile(
    rb"[A-Za-z0-9+/=]*(?:\.\.|\xe2\x80\xa6|<[^>]*>|\[[^\]]*\]|\{[^}]*\})|(?i:.{0,40}(?:redact|truncat|omit|placehold|shorten|base64))",
    re.DOTALL,
)
"""What people write into a recording where they cut a picture short: dots, an ellipsis, a bracketed note, a word."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What the first and last bytes of a picture state: its format, its size where the header has it, its end.

    `whole` is None where the format has no end mark that is cheap to see. `followed` is set where bytes come after the
    end mark; only that of PNG is too long to occur by chance.
    """

    format: str
    size: str | None
    whole: bool | None
    followed: bool = False


def base64_flaw(text: bytes | memoryview) -> Message | None:
    """Return why a text is not base64, or None where it is."""
    size = len(text)
    if size == 0:
        return message("it is empty")
    if bytes(text[:5]) == b"data:":
        return message("it is a data: URL, not plain base64")
    foreign = b""
    for at in range(0, size, _CHUNK):
        foreign += bytes(text[at : at + _CHUNK]).translate(None, BASE64_ALPHABET)
        if len(foreign) > 2:
            break
    if foreign.strip(b"=") or len(foreign) > 2:
        odd = foreign.strip(b"=")[:1] or b"="
        return message("it contains {character!q}, which is not a base64 character", character=odd.decode("latin-1"))
    if foreign and bytes(text[-len(foreign) :]) != foreign:
        return message("it has padding in the middle")
    if size % _GROUP:
        return message("its {size:,} characters are not a multiple of four", size=size)
    return None


def shortened_by_hand(text: bytes) -> bool:
    """Whether somebody cut the picture out of a recording, and left a mark there."""
    return _SHORTENED.match(text[:4096]) is not None


def read_header(head: bytes, tail: bytes) -> PictureHeader | None:
    """Return what the base64 of a picture's two ends (whole groups of four) states; None for an unknown format."""
    start = _lenient(head[: len(head) // _GROUP * _GROUP])
    end = _lenient(tail[-(len(tail) // _GROUP * _GROUP) :] if len(tail) >= _GROUP else b"")
    if start.startswith(PNG):
        size = _pair(start[16:20], start[20:24]) if start[12:16] == b"IHDR" else None
        whole = end.endswith(_PNG_END)
        return PictureHeader("png", size, whole, followed=not whole and _PNG_END in end)
    if start.startswith(JPEG):
        return PictureHeader("jpeg", _jpeg_size(start), end.endswith(b"\xff\xd9"))
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return PictureHeader("webp", _webp_size(start), None)
    if start.startswith((b"GIF87a", b"GIF89a")):
        return PictureHeader("gif", _pair(start[7:5:-1], start[9:7:-1]), end.endswith(b";"))
    return None


def _lenient(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except binascii.Error:
        return b""


def _pair(width: bytes, height: bytes) -> str:
    return f"{int.from_bytes(width)}x{int.from_bytes(height)}"


def _jpeg_size(data: bytes) -> str | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in range(0xC0, 0xD0) and marker not in {0xC4, 0xC8, 0xCC}:
            return _pair(data[at + 7 : at + 9], data[at + 5 : at + 7])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp_size(data: bytes) -> str | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    else:
        return None
    return f"{width}x{height}"
