"""Recognise a file by its first bytes: pictures with their size, documents, archives, compressed data."""

from __future__ import annotations

import base64
from typing import Final

from gateprobe.message import Message, message
from gateprobe.stream.payload.base64 import read_header

_MAGIC: Final = {
    b"BM": message("a BMP picture"),
    b"II*\x00": message("a TIFF picture"),
    b"MM\x00*": message("a TIFF picture"),
    b"%PDF": message("a PDF document"),
    b"PK\x03\x04": message("a ZIP archive"),
    b"\x1f\x8b": message("data compressed with gzip"),
    b"\x28\xb5\x2f\xfd": message("data compressed with zstd"),
    b"\x00\x00\x01\x00": message("an ICO picture"),
}
_BOXES: Final = {
    b"avif": message("an AVIF picture"),
    b"heic": message("a HEIC picture"),
    b"mif1": message("a HEIF picture"),
}
_NAMES: Final = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "gif": "GIF"}
_HEAD: Final = 49_152  # bytes, a multiple of three: a whole number of base64 groups


def describe_magic(data: bytes) -> Message | None:
    """Return what data is by its first bytes: a picture, a document, an archive; None for another form."""
    header = read_header(base64.b64encode(data[:_HEAD]), b"")
    if header is not None:
        name = _NAMES[header.format]
        if header.size is None:
            return message("a {format} picture", format=name)
        return message("a {format} picture of {size} pixels", format=name, size=header.size)
    if data[4:8] == b"ftyp":
        return _BOXES.get(data[8:12], message("a file of the MP4 family"))
    if data[:2] == b"BM" and len(data) < 26:
        return None
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)
