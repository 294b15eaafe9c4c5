"""Hide secrets: everything that is written to disk or printed passes through here.

A secret is hidden in every spelling in which a server could echo it, character by character: unchanged, JSON-escaped,
percent-encoded (up to three times), as an HTML reference, or any mixture of these; and as a whole in base64, in
hexadecimal, in upper or lower case. The mask is as long as the text that it hides, so that byte offsets, and with them
arrival times, stay correct.
"""

from __future__ import annotations

import base64
import html.entities
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

SHORTEST: Final = 6
"""The minimum length of a secret: a shorter one would hide plain words, or parts of a picture's base64."""

_MASK: Final = b"*"
_FEW: Final = 16  # secrets that are all searched for in everything
_TELLING: Final = 8  # fewer characters of base64 occur in a picture by chance
_ESCAPABLE: Final = "\"'\\/"  # characters that JSON or a programming language escapes with a backslash
_ENTITIES: Final = {code: name.encode() for code, name in sorted(html.entities.codepoint2name.items()) if code < 128}


def _spellings(character: str) -> bytes:
    """Return a pattern for one character in all spellings that a server may use."""
    code = ord(character)
    raw = character.encode("utf-8", "surrogatepass")
    percent = b"".join(b"(?i:%%(?:25){0,2}%02x)" % byte for byte in raw)  # encoded once, twice or three times
    utf16 = character.encode("utf-16-be", "surrogatepass")
    unicode = b"".join(rb"(?i:\\u%s)" % utf16[at : at + 2].hex().encode() for at in range(0, len(utf16), 2))
    spellings = [
        (rb"\\?" if character in _ESCAPABLE else b"") + re.escape(raw),
        percent,
        unicode,
        rb"&#0{0,4}%d;?" % code,
        rb"(?i:&#x0{0,4}%x;?)" % code,
    ]
    if character == " ":
        spellings.append(rb"\+")
    if code in _ENTITIES:
        spellings.append(b"&" + _ENTITIES[code] + b";")
    if character == "'":
        spellings.append(b"&apos;")
    return b"(?:" + b"|".join(spellings) + b")"


def _pattern(secret: str) -> bytes:
    return b"".join(_spellings(character) for character in secret)


def _literals(secret: str) -> set[bytes]:
    """Return the spellings that are plain strings of bytes: the secret unchanged, and as base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    plain = {raw, raw.upper(), raw.lower(), raw.hex().encode(), raw.hex().upper().encode()}
    whole = {encode(raw).rstrip(b"=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    return plain | whole | _inside_base64(raw)


def _inside_base64(raw: bytes) -> set[bytes]:
    """Return the forms of a secret within longer base64, such as that of a whole header, at each alignment."""
    forms = set()
    for before in range(3):
        shifted = bytes(before) + raw
        start, end = -(-before * 8 // 6), len(shifted) * 8 // 6  # the characters that no neighbouring byte changes
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(shifted)[start:end])
    return {form for form in forms if len(form) >= _TELLING}


def _masked(match: re.Match[bytes]) -> bytes:
    return _MASK * len(match.group())


def _searched(data: bytes, pattern: re.Pattern[bytes], marks: re.Pattern[bytes], reach: int) -> Iterator[bytes]:
    """Yield the pieces of `data`, masked where the pattern matches within reach of a mark."""
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

    An empty secret is ignored. The instance holds the secrets in memory only; its repr shows their number.
    """

    def __init__(self, secrets: Iterable[str], everywhere: Iterable[str] = ()) -> None:
        self._everywhere = tuple(everywhere)
        known = sorted({secret for secret in (*secrets, *self._everywhere) if secret}, key=len, reverse=True)
        self._count = len(known)
        # Most bytes that arrive are pictures: plain spellings are searched for as bytes, and the slow search for mixed
        # spellings runs only around the characters that every mixed spelling contains.
        self._literals = sorted({text for secret in known for text in _literals(secret)}, key=len, reverse=True)
        self._known = known
        self._marks = re.compile(rb"[%\\&+]" if any(" " in secret for secret in known) else rb"[%\\&]")
        # A byte of a secret takes at most 12 in any of its spellings (a character's two \uXXXX); base64 takes fewer.
        self.reach: Final = 12 * max((len(secret.encode("utf-8", "replace")) for secret in known), default=0)

    def __repr__(self) -> str:
        """Return the number of secrets without the secrets."""
        return f"Redactor({self._count} secrets)"

    def towards(self, secret: str) -> Redactor:
        """Return the redactor for the requests and answers of one gateway.

        A few secrets are searched for in all answers; those of `everywhere` always are. Searching for each of hundreds
        in each answer would make an audit's work grow with the square of its gateways.
        """
        return self if self._count <= _FEW else Redactor([secret], self._everywhere)

    def with_secret(self, secret: str) -> Redactor:
        """Return the redactor that hides a further secret, too."""
        return Redactor([*self._known, secret], self._everywhere)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes] | None:
        """The slow search; compiled when first needed, because it is long where there are many secrets."""
        return re.compile(b"|".join(_pattern(secret) for secret in self._known)) if self._known else None

    def bytes(self, data: bytes) -> bytes:
        """Return `data` with every secret masked by as many asterisks as it had bytes."""
        for literal in self._literals:
            if literal in data:
                data = data.replace(literal, _MASK * len(literal))
        if not self._known or self._marks.search(data) is None or self._pattern is None:
            return data
        return b"".join(_searched(data, self._pattern, self._marks, self.reach))

    def text(self, text: str) -> str:
        """Return `text` with every secret masked."""
        if not self._known:
            return text
        hidden = self.bytes(text.encode("utf-8", "surrogatepass"))
        return hidden.decode("utf-8", "surrogatepass")

    def pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Return names and values with every secret masked; searched together, because most contain none."""
        whole = "\0".join(text for pair in pairs for text in pair)
        if self.text(whole) == whole:
            return pairs
        return tuple((self.text(name), self.text(value)) for name, value in pairs)

    def json(self, value: Any) -> Any:
        """Return a JSON value with every secret masked in its strings and its keys."""
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

    `feed` returns the bytes that are safe to write; up to `reach` bytes are held back until `close`. `masked` is set
    once a secret was found.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""
        self.masked = False

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that cannot become part of a secret."""
        if not self._redactor.reach:
            return chunk
        received = self._held + chunk
        whole = self._redactor.bytes(received)
        self.masked = self.masked or whole != received
        cut = max(0, len(whole) - self._redactor.reach)
        self._held = whole[cut:]
        return whole[:cut]

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        rest, self._held = self._held, b""
        return rest
