"""How a server may encode or pack what contains a secret; each can be applied to the result of another."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import lzma
import string
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

Encoding = Callable[[bytes], bytes]

_Z85: Final = bytes.maketrans(
    f"{string.digits}{string.ascii_uppercase}{string.ascii_lowercase}!#$%&()*+-;<=>?@^_`{{|}}~".encode(),
    f"{string.digits}{string.ascii_lowercase}{string.ascii_uppercase}.-:+=^!/*?&<>()[]{{}}@%$#".encode(),
)


def _zip(method: int) -> Encoding:
    def packed(content: bytes) -> bytes:
        with io.BytesIO() as buffer:
            with zipfile.ZipFile(buffer, "w", method) as archive:
                archive.writestr("answer.json", content)
            return buffer.getvalue()

    return packed


def _tar(content: bytes) -> bytes:
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
            member = tarfile.TarInfo("answer.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        return buffer.getvalue()


ARCHIVES: Final[dict[str, Encoding]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "tar in xz": _tar,
    "zip": _zip(zipfile.ZIP_DEFLATED),
    "zip in bzip2": _zip(zipfile.ZIP_BZIP2),
    "zip, stored": _zip(zipfile.ZIP_STORED),
}
"""Archives that the standard library reads, by name."""


def _rows(form: Callable[[int, bytes], str], width: int = 16) -> Encoding:
    return lambda content: "\n".join(
        form(at, content[at : at + width]) for at in range(0, len(content), width)
    ).encode()


def _words(row: bytes, size: int, *, little: bool = False) -> str:
    words = (row[at : at + size].ljust(size, b"\0") for at in range(0, len(row), size))
    return " ".join((word[::-1] if little else word).hex() for word in words)


def _letters(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def _uu(content: bytes) -> bytes:
    lines = (binascii.b2a_uu(content[at : at + 45], backtick=True) for at in range(0, len(content), 45))
    return b"begin 644 answer\n" + b"".join(lines) + b"`\nend\n"


ENCODINGS: Final[dict[str, Encoding]] = {
    "base64": base64.b64encode,
    "base64 URL": base64.urlsafe_b64encode,
    "base64 without padding": lambda content: base64.b64encode(content).rstrip(b"="),
    "base64 in lines": lambda content: base64.encodebytes(content).rstrip(),
    "base32": base64.b32encode,
    "base32hex": base64.b32hexencode,
    "hexadecimal": binascii.hexlify,
    "uuencode": _uu,
    "hexdump -C": _rows(lambda at, row: f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}  |{_letters(row)}|"),
    "xxd": _rows(lambda at, row: f"{at:08x}: {_words(row, 2):<39}  {_letters(row)}"),
    "od -x": _rows(lambda at, row: f"{at:07o} {_words(row, 2, little=True)}"),
    "od -t x1": _rows(lambda at, row: f"{at:07o} {row.hex(' ')}"),
    "gzip": lambda content: base64.b64encode(gzip.compress(content)),
    "zlib": lambda content: base64.b64encode(zlib.compress(content)),
    "bzip2": lambda content: base64.urlsafe_b64encode(bz2.compress(content)),
    "xz": lambda content: lzma.compress(content).hex().encode(),
    "zip": lambda content: base64.b64encode(ARCHIVES["zip"](content)),
    "UTF-16": lambda content: base64.b64encode(content.decode("latin-1").encode("utf-16")),
}
"""Encodings as text, by name."""

BASE85: Final[dict[str, Encoding]] = {
    "base85": base64.b85encode,
    "Ascii85": base64.a85encode,
    "Z85": lambda content: base64.b85encode(content).translate(_Z85),
}
"""Encodings in which the secret itself is found, not what it is encoded in."""
