"""How a server may write a secret that it repeats: about seventy spellings."""

from __future__ import annotations

import base64
import gzip
import html
import html.entities
import json
import textwrap
import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, quote_plus

Spelling = Callable[[str], bytes]


def _raw(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _units(secret: str) -> str:
    """Return every character as an escape of its UTF-16 code units."""
    wide = secret.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{wide[at : at + 2].hex()}" for at in range(0, len(wide), 2))


def _each(form: str, between: str = "") -> Spelling:
    return lambda secret: between.join(form.format(byte) for byte in _raw(secret)).encode()


def _points(form: str, between: str = "") -> Spelling:
    return lambda secret: between.join(form.format(ord(character)) for character in secret).encode()


def _b64(before: int, after: int, *, url: bool = False) -> Spelling:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    return lambda secret: encode(b"x" * before + _raw(secret) + b"y" * after).rstrip(b"=")


def _twice(before: int, after: int) -> Spelling:
    return lambda secret: base64.b64encode(b"{" * before + base64.b64encode(_raw(secret)) + b"}" * after).rstrip(b"=")


def _lines(width: int, end: str) -> Spelling:
    return lambda secret: end.join(textwrap.wrap(base64.b64encode(_raw(secret)).decode(), width)).encode()


SPELLINGS: Final[dict[str, Spelling]] = {
    "plain": _raw,
    "upper case": lambda secret: _raw(secret).upper(),
    "lower case": lambda secret: _raw(secret).lower(),
    "JSON": lambda secret: _json(secret).encode(),
    "JSON, not ASCII": lambda secret: _raw(json.dumps(secret, ensure_ascii=False)[1:-1]),
    "JSON in JSON": lambda secret: _json(_json(secret)).encode(),
    "JSON in JSON in JSON": lambda secret: _json(_json(_json(secret))).encode(),
    r"\u": lambda secret: _units(secret).encode(),
    r"\u in JSON": lambda secret: _json(_units(secret)).encode(),
    r"\u in JSON in JSON": lambda secret: _json(_json(_units(secret))).encode(),
    r"\u upper": lambda secret: _units(secret).upper().replace("\\U", "\\u").encode(),
    r"\u{}": _points(r"\u{{{:x}}}"),
    r"\U": _points(r"\U{:08x}"),
    r"\x": _each(r"\x{:02x}"),
    r"\x upper": _each(r"\x{:02X}"),
    r"\x in JSON": _each(r"\\x{:02x}"),
    "octal escapes": _each(r"\{:03o}"),
    "octal escapes in JSON": _each(r"\\{:03o}"),
    "percent": lambda secret: quote(_raw(secret), safe="").encode(),
    "percent, every byte": _each("%{:02X}"),
    "percent, lower case": _each("%{:02x}"),
    "percent twice": _each("%25{:02X}"),
    "percent thrice": _each("%2525{:02X}"),
    "percent of a path": lambda secret: quote(_raw(secret)).encode(),
    "form": lambda secret: quote_plus(_raw(secret)).encode(),
    "form twice": lambda secret: quote_plus(quote_plus(_raw(secret))).encode(),
    "HTML": lambda secret: _raw(html.escape(secret)),
    "HTML twice": lambda secret: _raw(html.escape(html.escape(secret))),
    "HTML decimal": _points("&#{};"),
    "HTML decimal, padded": _points("&#{:04};"),
    "HTML hexadecimal": _points("&#x{:x};"),
    "HTML hexadecimal, upper": _points("&#X{:X};"),
    "HTML decimal twice": _points("&amp;#{};"),
    "quoted-printable": _each("={:02X}"),
    "decimal list": _each("{}", ", "),
    "decimal list, dense": _each("{}", ","),
    "decimal list, blanks": _each("{}", " "),
    "decimal list, lines": _each("{}", ",\n            "),
    "decimal list, semicolons": _each("{:03}", "; "),
    "hexadecimal": _each("{:02x}"),
    "hexadecimal upper": _each("{:02X}"),
    "hexadecimal with colons": _each("{:02x}", ":"),
    "hexadecimal with dashes": _each("{:02X}", "-"),
    "hexadecimal with blanks": _each("{:02x}", " "),
    "hexadecimal list": _each("0x{:02x}", ", "),
    "hexadecimal list upper": _each("0x{:02X}", ","),
    "octal list": _each("0o{:o}", ", "),
    "bits": _each("{:08b}"),
    "bits with blanks": _each("{:08b}", " "),
    "base64": _b64(0, 0),
    "base64 URL": _b64(0, 0, url=True),
    "base64 after one byte": _b64(1, 2),
    "base64 after two bytes": _b64(2, 1),
    "base64 URL after one byte": _b64(1, 0, url=True),
    "base64 URL after two bytes": _b64(2, 0, url=True),
    "base64 in a query": lambda secret: quote(base64.b64encode(_raw(secret)), safe="").encode(),
    "base64 in PHP's JSON": lambda secret: base64.b64encode(_raw(secret)).replace(b"/", rb"\/"),
    "base64 in lines": _lines(7, "\n"),
    "base64 in lines, CRLF": _lines(9, "\r\n"),
    "base64 in lines, in JSON": _lines(8, r"\n"),
    "base64 in lines, in JSON in JSON": _lines(8, r"\\r\\n"),
    "base64 of base64": _twice(0, 0),
    "base64 of base64 after one byte": _twice(1, 2),
    "base64 of base64 after two bytes": _twice(2, 1),
    "base64 of hexadecimal": lambda secret: base64.b64encode(_raw(secret).hex().encode()),
    "hexadecimal of base64": lambda secret: base64.b64encode(_raw(secret)).rstrip(b"=").hex().encode(),
    "base32": lambda secret: base64.b32encode(_raw(secret)).rstrip(b"="),
    "reversed": lambda secret: _raw(secret)[::-1],
    "in blanks": lambda secret: b" ".join(character.encode("utf-8", "surrogatepass") for character in secret),
    "in lines": lambda secret: b"\n".join(character.encode("utf-8", "surrogatepass") for character in secret),
    "soft hyphens": lambda secret: _raw("\u00ad".join(secret)),
    "zero-width blanks": lambda secret: _raw("\u200b".join(secret)),
    "UTF-16": lambda secret: secret.encode("utf-16-le", "surrogatepass"),
}
"""By name; each returns what stands in an answer."""


def _between(mark: str) -> Spelling:
    return lambda secret: mark.join(secret).encode("utf-8", "surrogatepass")


_NAMES: Final = {text: name for name, text in html.entities.html5.items() if name.endswith(";") and len(text) == 1}


def _named(character: str) -> str:
    return f"&{_NAMES[character]}" if character in _NAMES else character


def _wide(secret: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in secret)


OBSCURED: Final[dict[str, Spelling]] = {
    "HTML names": lambda secret: _raw("".join(map(_named, secret))),
    "HTML decimal in Go's JSON": lambda secret: _points("&#{};")(secret).replace(b"&", rb"\u0026"),
    "HTML decimal in a query": lambda secret: quote(_points("&#{};")(secret), safe="").encode(),
    r"\u in a query": lambda secret: quote(_units(secret), safe="").encode(),
    "percent in JSON escapes": _each(r"\u0025{:02X}"),
    "percent four times": _each("%252525{:02X}"),
    "percent of JavaScript": _points("%u{:04X}"),
    "percent of UTF-16": _each("%00%{:02x}"),
    "style sheet": _points("\\{:x} "),
    "style sheet, padded": _points("\\{:06x}"),
    "wide letters": lambda secret: _raw(_wide(secret)),
    "wide letters in JSON": lambda secret: _json(_wide(secret)).encode(),
    "characters in a list": lambda secret: json.dumps(list(secret)).encode(),
    "dashes": _between("-"),
    "slashes in JSON": _between(r"\/"),
    "tags": lambda secret: _raw("".join(f"<span class='x'>{html.escape(letter)}</span>" for letter in secret)),
    "breaks": _between("<br />"),
    "references of blanks": _between("&nbsp;&#8203;"),
    "blanks of any width": _between("\u2009\u3000"),
    "accents": _between("\u0301"),
    "control characters in JSON": _between(r"\u0000"),
    "colours": _between("\x1b[31m"),
    "colours in JSON": _between(r"\u001b[0m"),
    "quoted-printable lines": lambda secret: _raw("=\n".join(textwrap.wrap(secret.replace(" ", "_"), 5))),
}
"""Spellings that a reader recognises, of secrets with at least ten ASCII letters and digits."""

PACKED: Final[dict[str, Spelling]] = {
    "gzip": lambda secret: gzip.compress(_raw(f'{{"error": "{secret}"}}')),
    "gzip twice": lambda secret: gzip.compress(gzip.compress(_raw(f"no {secret}"))),
    "zlib": lambda secret: zlib.compress(_raw(f"no {secret}")),
    "raw deflate": lambda secret: zlib.compress(_raw(f"no {secret}"), wbits=-15),
    "gzip of base64": lambda secret: gzip.compress(base64.b64encode(_raw(f"no {secret}"))),
    "base64 of gzip": lambda secret: b'{"a": "%s"}' % base64.b64encode(gzip.compress(_raw(f"no {secret}"))),
    "gzip with a broken end": lambda secret: gzip.compress(_raw(f"no {secret}"))[:-6],
}
"""Bodies that show a secret once they are unpacked."""
