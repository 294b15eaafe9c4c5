"""The only place that may see a secret and must hide it: everything written passes through here.

A secret is hidden in every spelling that a server could echo it in, character by character: as it is,
JSON-escaped, percent-encoded (up to three times), as an HTML reference, or any mixture of these; and as a whole in
base64, in hexadecimal, in capitals or small letters. The mask has the
length of what it hides, so that byte offsets, and with them arrival times, stay true.
"""

from __future__ import annotations

import base64
import html.entities
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

SHORTEST: Final = 6
"""Characters of a secret, below which plain words, or a picture's base64, would be hidden with it."""

_MASK: Final = b"*"
_FEW: Final = 16  # secrets that are all looked for in everything
_TELLING: Final = 8  # fewer characters of base64 stand in a picture by chance
_ESCAPABLE: Final = "\"'\\/"  # what JSON, or a language's notation of strings, puts a backslash before
_ENTITIES: Final = {code: name.encode() for code, name in sorted(html.entities.codepoint2name.items()) if code < 128}


def _spellings(character: str) -> bytes:
    """Give a pattern for one character in all the spellings a server may use."""
    code = ord(character)
    raw = character.encode("utf-8", "surrogatepass")
    percent = b"".join(b"(?i:%%(?:25){0,2}%02x)" % byte for byte in raw)  # encoded once, twice or three times
    utf16 = character.encode("utf-16-be", "surrogatepass")
    unicode = b"".join(rb"(?i:\\u%s)" % utf16[at : at + 2].hex().encode() for at in range(0, len(utf16), 2))
    ways = [
        (rb"\\?" if character in _ESCAPABLE else b"") + re.escape(raw),
        percent,
        unicode,
        rb"&#0{0,4}%d;?" % code,
        rb"(?i:&#x0{0,4}%x;?)" % code,
    ]
    if character == " ":
        ways.append(rb"\+")
    if code in _ENTITIES:
        ways.append(b"&" + _ENTITIES[code] + b";")
    if character == "'":
        ways.append(b"&apos;")
    return b"(?:" + b"|".join(ways) + b")"


def _pattern(secret: str) -> bytes:
    return b"".join(_spellings(character) for character in secret)


def _literals(secret: str) -> set[bytes]:
    """Give the spellings that are plain strings of bytes: the secret as it is, and as base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    told = {raw, raw.upper(), raw.lower(), raw.hex().encode(), raw.hex().upper().encode()}
    return told | {base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="), *_inside_base64(raw)}


def _inside_base64(raw: bytes) -> set[bytes]:
    """Give what a secret looks like within longer base64, such as that of a whole header, at each alignment."""
    found = set()
    for before in range(3):
        shifted = bytes(before) + raw
        start, end = -(-before * 8 // 6), len(shifted) * 8 // 6  # what no neighbour has a share in
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(shifted)[start:end])
    return {text for text in found if len(text) >= _TELLING}


def _masked(found: re.Match[bytes]) -> bytes:
    return _MASK * len(found.group())


def _searched(data: bytes, pattern: re.Pattern[bytes], marks: re.Pattern[bytes], reach: int) -> Iterator[bytes]:
    """Give the pieces of `data`, masked where the pattern is found within reach of a mark."""
    done = start = end = 0
    for mark in marks.finditer(data):
        if mark.start() - reach > end:
            yield data[done:start]
            yield pattern.sub(_masked, data[start:end])
            done, start = end, mark.start() - reach
        end = min(len(data), mark.end() + reach)
    yield data[done:start]
    yield pattern.sub(_masked, data[start:end])
    yield data[end:]


class Redactor:
    """Hide a fixed set of secrets in text, bytes, JSON values and streams of bytes.

    An empty secret is no secret. The instance holds the secrets in memory only; its repr shows how many.
    """

    def __init__(self, secrets: Iterable[str], everywhere: Iterable[str] = ()) -> None:
        self._everywhere = tuple(everywhere)
        known = sorted({secret for secret in (*secrets, *self._everywhere) if secret}, key=len, reverse=True)
        self._count = len(known)
        # Most of what arrives is pictures: what is plain is looked for plainly, and the slow search for mixed spellings
        # is made only around the characters that every one of them has.
        self._literals = sorted({text for secret in known for text in _literals(secret)}, key=len, reverse=True)
        self._known = known
        self._marks = re.compile(rb"[%\\&+]" if any(" " in secret for secret in known) else rb"[%\\&]")
        # A byte of a secret takes at most 12 in any of its spellings (a character's two \uXXXX); base64 takes fewer.
        self.reach: Final = 12 * max((len(secret.encode("utf-8", "replace")) for secret in known), default=0)

    def __repr__(self) -> str:
        """Say how many secrets are held, never which."""
        return f"Redactor({self._count} secrets)"

    def towards(self, secret: str) -> Redactor:
        """Give what hides one gateway's secret in what that gateway is sent and says: it is told no other.

        A few secrets are all looked for, whoever speaks; those that were given as `everywhere` always are. To look for
        each of hundreds in each answer would make an audit's work grow with the square of its gateways.
        """
        return self if self._count <= _FEW else Redactor([secret], self._everywhere)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes] | None:
        """The slow search; made when first needed, as it is long where the secrets are many."""
        return re.compile(b"|".join(_pattern(secret) for secret in self._known)) if self._known else None

    def bytes(self, data: bytes) -> bytes:
        """Give `data` with every secret masked by as many asterisks as it had bytes."""
        for literal in self._literals:
            if literal in data:
                data = data.replace(literal, _MASK * len(literal))
        if not self._known or self._marks.search(data) is None or self._pattern is None:
            return data
        return b"".join(_searched(data, self._pattern, self._marks, self.reach))

    def text(self, text: str) -> str:
        """Give `text` with every secret masked."""
        if not self._known:
            return text
        hidden = self.bytes(text.encode("utf-8", "surrogatepass"))
        return hidden.decode("utf-8", "surrogatepass")

    def pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Give names and values with every secret masked; looked through at once, as most hold none."""
        whole = "\0".join(text for pair in pairs for text in pair)
        if self.text(whole) == whole:
            return pairs
        return tuple((self.text(name), self.text(value)) for name, value in pairs)

    def json(self, value: Any) -> Any:
        """Give a JSON value with every secret masked in its strings and its keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        if isinstance(value, dict):
            return {self.text(str(key)): self.json(item) for key, item in value.items()}
        return value

    def stream(self) -> StreamRedactor:
        """Start a redaction of bytes that arrive in pieces."""
        return StreamRedactor(self)


class StreamRedactor:
    """Mask secrets in bytes that arrive in pieces, even one that is cut between two pieces.

    `feed` gives what is safe to write; up to `reach` bytes are held back until `close`.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """Take a piece, give the bytes that no later piece can turn into a secret."""
        if not self._redactor.reach:
            return chunk
        whole = self._redactor.bytes(self._held + chunk)
        cut = max(0, len(whole) - self._redactor.reach)
        self._held = whole[cut:]
        return whole[:cut]

    def close(self) -> bytes:
        """Give what was held back."""
        rest, self._held = self._held, b""
        return rest
