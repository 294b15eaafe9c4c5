"""Request bodies in a Content-Encoding."""

from __future__ import annotations

import gzip
from typing import Final

import orjson

from gateprobe.request import RawBody, Request

_ZSTD_MAGIC: Final = bytes.fromhex("28b52ffd")
_ZSTD_HEADER: Final = b"\xa0"  # one segment, and the content's size in four bytes (RFC 8878, 3.1.1.1)
_ZSTD_MOST: Final = 1 << 17  # bytes of a block (RFC 8878, 3.1.1.2.4)


def packed(request: Request, encoding: str) -> Request:
    """Return a request with a JSON body in an encoding, `gzip` or `zstd`, and the header that says so."""
    data = orjson.dumps(request.json)
    body = gzip.compress(data, mtime=0) if encoding == "gzip" else _zstd(data)
    headers = (*request.headers, ("content-encoding", encoding))
    return request.with_(body=RawBody(body, "application/json"), headers=headers)


def _zstd(data: bytes) -> bytes:
    """Return bytes as a Zstandard frame of one uncompressed block, which every decoder reads.

    Raises:
        ValueError: one block cannot hold them.
    """
    if len(data) > _ZSTD_MOST:
        raise ValueError(f"{len(data)} bytes are more than a block holds")
    block = len(data) << 3 | 1  # the last block, of type raw (RFC 8878, 3.1.1.2)
    return _ZSTD_MAGIC + _ZSTD_HEADER + len(data).to_bytes(4, "little") + block.to_bytes(3, "little") + data


def is_packed(request: Request) -> bool:
    """Return whether a request's body is in a Content-Encoding on purpose."""
    return any(name.lower() == "content-encoding" for name, _ in request.headers)
