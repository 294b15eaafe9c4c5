"""Hide secrets: everything that is written to disk or printed passes through here.

A secret is hidden in every spelling in which a server could echo it, character by character: unchanged, escaped as in
JSON, percent-encoded, as an HTML reference, or any mixture of these, up to three times; as a list of numbers; and as a
whole in base64 (at each alignment, broken into lines, within base64), in hexadecimal, in upper or lower case. All
secrets are searched for in the same bytes before any is masked, so that none hides a part of another. The mask is as
long as the text that it hides, so that byte offsets, and with them arrival times, stay correct.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Any, Final

from gateprobe.redact.encoded import encoded_places, joined_places, long_places
from gateprobe.redact.escapes import DecodedText, EscapedSecrets
from gateprobe.redact.packed import MAX_UNPACKED, Allowance, unpack
from gateprobe.redact.spellings import (
    LONGEST,
    base85_literals,
    escaped_pattern,
    is_run,
    literals,
    marks,
    numbers_pattern,
    text_runs,
    text_table,
    without_gaps,
)
from gateprobe.redact.spliced import (
    Span,
    Spliced,
    join_over_gaps,
    join_strings,
    join_values,
    joined_strings,
    without_names,
    without_runs,
)
from gateprobe.redact.streams import StreamRedactor

__all__ = ["SHORTEST", "Redactor", "StreamRedactor"]

SHORTEST: Final = 6
"""The minimum length of a secret: a shorter one would hide plain words, or parts of a picture's base64."""

_Bytes = bytes  # a method has the same name
_MASK: Final = b"*"
_FEW: Final = 16  # secrets that are all searched for in everything
_REMEMBERED: Final = 1000  # cached headers without a secret, and characters of each; most requests repeat them
_SMALL: Final = 4096  # bytes of binary data that is searched like a text
_HEAD: Final = 64  # first bytes; a picture of any format has a NUL there, a text does not
_LAYERS: Final = 8  # encodings and archives, each within the other


def _windows(places: Iterable[int], reach: int, length: int) -> Iterator[Span]:
    """Yield the spans within reach of some places, which are in order; each byte once."""
    start = end = -1
    for place in places:
        if place - reach > end:
            if end >= 0:
                yield start, end
            start = max(0, place - reach)
        end = min(length, place + reach)
    if end >= 0:
        yield start, end


def _texts(value: Any) -> Iterator[str]:
    """Yield the strings and keys of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from map(str, value)
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _mask(data: bytes, spans: Iterable[Span]) -> bytes:
    pieces, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            begin = max(start, at)
            pieces += [data[at:begin], _MASK * (end - begin)]
            at = end
    return b"".join((*pieces, data[at:]))


class Redactor:
    """Hide a fixed set of secrets in text, bytes, JSON values and streams of bytes.

    An empty secret is ignored. The instance holds the secrets in memory only; its repr shows their number.
    """

    def __init__(self, secrets: Iterable[str], everywhere: Iterable[str] = ()) -> None:
        self._everywhere = tuple(everywhere)
        known = sorted({secret for secret in (*secrets, *self._everywhere) if secret})
        self._count = len(known)
        self._known = known
        self._further: dict[str, Redactor] = {}
        # Most bytes that arrive are pictures: plain spellings are searched for as bytes, and the slow search for mixed
        # spellings runs only around the characters that every mixed spelling contains.
        self._literals = sorted({text for secret in known for text in literals(secret)})
        self._base85 = {text for secret in known for text in base85_literals(secret)}
        self._marks = marks(known)
        self._escaped_secrets = EscapedSecrets(known)
        self._shortest = min((len(text) for text in (*self._literals, *known)), default=0)
        self._clean: set[tuple[str, str]] = set()
        self.reach: Final = LONGEST * max((len(secret.encode("utf-8", "replace")) for secret in known), default=0)

    def __repr__(self) -> str:
        """Return the number of secrets without the secrets."""
        return f"Redactor({self._count} secrets)"

    def for_gateway(self, secret: str) -> Redactor:
        """Return the redactor for the requests and answers of one gateway.

        A few secrets are searched for in all answers, and those of `everywhere` always. Searching for each of hundreds
        in each answer would make an audit's work grow with the square of its gateways.
        """
        return self if self._count <= _FEW else Redactor([secret], self._everywhere)

    def with_secret(self, secret: str) -> Redactor:
        """Return the redactor that hides a further secret, too; it is made once, because each is asked for often."""
        if secret not in self._further:
            self._further[secret] = Redactor([*self._known, secret], self._everywhere)
        return self._further[secret]

    @cached_property
    def _texts(self) -> _Bytes:
        """Which bytes of binary data may be text."""
        return text_table(self._known)

    @cached_property
    def _not_in_runs(self) -> list[_Bytes]:
        """The spellings that are searched for in all of binary data, not only in its texts."""
        return [text for text in self._literals if not is_run(text, self._texts)]

    @cached_property
    def _escapes(self) -> list[re.Pattern[bytes]]:
        """The slow search for escapes; compiled when an answer contains one, because it is long."""
        return [re.compile(escaped_pattern(secret)) for secret in self._known]

    @cached_property
    def _numbers(self) -> list[re.Pattern[bytes]]:
        """The slow search for lists of numbers; compiled when an answer contains one."""
        return [re.compile(numbers_pattern(secret)) for secret in self._known]

    def _literal(self, data: bytes, literals: Iterable[_Bytes]) -> Iterator[Span]:
        """Yield the places of spellings that are plain strings of bytes."""
        for literal in literals:
            at = data.find(literal)
            while at >= 0:
                yield at, at + len(literal)
                at = data.find(literal, at + 1)

    def _mixed(self, data: bytes) -> Iterator[Span]:
        """Yield the places of spellings with escapes, and of numbers."""
        escape, number = self._marks
        for start, end in _windows((match.start() for match in escape.finditer(data)), self.reach, len(data)):
            for pattern in self._escapes:
                yield from (match.span() for match in pattern.finditer(data, start, end))
        for start, end in _windows(number.places(data), self.reach, len(data)):
            for pattern in self._numbers:
                yield from (match.span() for match in pattern.finditer(data, start, end))

    def _plain(self, data: bytes) -> Iterator[Span]:
        """Yield the places of every spelling in a text."""
        yield from self._literal(data, self._literals)
        yield from self._mixed(data)

    def _spans(self, data: bytes, runs: Spliced | None = None) -> Iterator[Span]:
        """Yield the places of every spelling, also of one that is broken into lines; of binary data, in its texts.

        `runs` are the bytes without the middles of long strings, where they are known already.
        """
        if len(data) > _SMALL and b"\0" in data:
            yield from self._in_binary(data)
            return
        yield from self._literal(data, self._literals)
        yield from self._in_text(data, runs or without_runs(data, self.reach))

    def _in_binary(self, data: _Bytes) -> Iterator[Span]:
        """Yield the places of every spelling in binary data: most are searched for in its texts, which are few."""
        yield from self._literal(data, self._not_in_runs)
        texts = Spliced(data)
        for start, end in text_runs(data, self._texts):
            texts.add(start, end, end - start)
            texts.separate(end)
        text = texts.data
        for span in (*self._literal(text, self._literals), *self._in_text(text, without_runs(text, self.reach))):
            yield from texts.original(span)

    def _in_text(self, data: bytes, runs: Spliced | None) -> Iterator[Span]:
        """Yield the places of spellings that are more than plain strings of bytes."""
        if runs is None:
            yield from self._broken(data)
            return
        for span in self._broken(runs.data):
            yield from runs.original(span)

    def _broken(self, data: bytes) -> Iterator[Span]:
        """Yield the places of mixed spellings, and of every spelling that is broken into lines."""
        yield from self._mixed(data)
        dense = without_gaps(data)
        if len(dense) < len(data) and any(self._plain(dense)):  # rare; finding the places takes a hundred times longer
            spliced = join_over_gaps(data, self.reach)
            for span in self._plain(spliced.data):
                yield from spliced.original(span)

    def bytes(self, data: bytes) -> bytes:
        """Return `data` with every secret masked by as many asterisks as it had bytes."""
        spans = list(self._spans(data)) if self._known and len(data) >= self._shortest else []
        return _mask(data, spans) if spans else data

    def body(self, data: _Bytes, allowance: Allowance | None = None, *, searched: bool = False) -> _Bytes:
        """Return a whole body with every secret masked, including those split over strings, encoded or packed.

        What is too large to be searched is masked completely. `searched` is a body that `bytes` returned.
        """
        if not self._known:
            return data
        return self._layer(data, _LAYERS, allowance or Allowance(), MAX_UNPACKED, searched=searched)

    def _layer(
        self,
        data: _Bytes,
        layers: int,
        allowance: Allowance,
        most: int,
        *,
        searched: bool = False,
        string: bool = False,
    ) -> _Bytes:
        """Return one layer of a body with every secret masked; `most` bytes of it may be unpacked."""
        runs = without_runs(data, self.reach)
        text = data if runs is None else runs.data
        strings = joined_strings(text)
        spans = [*(() if searched else self._spans(data, runs)), *self._in_joined(data, text, strings)]
        if spans:  # what is masked already is no part of what is decoded
            data = _mask(data, spans)
            runs = without_runs(data, self.reach)
            text = data if runs is None else runs.data
        spans.clear()
        decoded = DecodedText(text if b"\0" not in data[:_HEAD].rstrip(b"\0") else b"")
        places = [*self._literal(text, self._base85), *self._escaped_secrets.spans(decoded)]
        if layers:
            contains = partial(self._contains, layers - 1, allowance)
            spans += (
                packed.place
                for packed in unpack(data, allowance, most, string=string)
                if packed.cut or self._layer(packed.content, layers - 1, allowance, most) != packed.content
            )
            spans += long_places(data, runs, allowance, contains)
            known = set[_Bytes]()
            places += encoded_places(decoded, allowance, contains, known)
            if any(joined_places(strings, contains, known)):
                for spliced in join_strings(data, self.reach):
                    for span in joined_places(spliced.data, contains, known):
                        spans += spliced.original(span)
        for span in places:
            spans += [span] if runs is None else runs.original(span)
        return _mask(data, spans) if spans else data

    def _contains(self, layers: int, allowance: Allowance, content: _Bytes) -> bool:
        """Return whether the content of a string contains a secret."""
        return self._layer(content, layers, allowance, allowance.size, string=True) != content

    def _in_joined(self, data: _Bytes, text: _Bytes, strings: _Bytes) -> Iterator[Span]:
        """Yield the places of secrets split over strings. A quick search of all joined strings comes first."""
        joined = list[Spliced]()
        if any(self._plain(strings)) or self._escaped_secrets.is_in(strings):
            joined += join_strings(data, self.reach)
        if self._escaped_secrets.is_in(without_names(text)):
            joined.append(join_values(data, self.reach))
        for spliced in joined:
            for span in (*self._plain(spliced.data), *self._escaped_secrets.spans(DecodedText(spliced.data))):
                yield from spliced.original(span)

    def text(self, text: str) -> str:
        """Return `text` with every secret masked."""
        if not self._known:
            return text
        return self._text(text, encoded=False)

    def _text(self, text: str, *, encoded: bool) -> str:
        """Return a text with every secret masked, also those that are encoded or packed in it."""
        data = text.encode("utf-8", "surrogatepass")
        hidden = self.bytes(data)
        decoded, allowance = DecodedText(hidden), Allowance()
        places = [*self._literal(hidden, self._base85), *self._escaped_secrets.spans(decoded)]
        if encoded:
            places += encoded_places(decoded, allowance, partial(self._contains, _LAYERS - 1, allowance))
        hidden = _mask(hidden, places) if places else hidden
        return text if hidden == data else hidden.decode("utf-8", "surrogatepass")

    def is_clean(self, texts: Iterable[str]) -> bool:
        """Return whether some texts contain no secret; searched together, because most contain none."""
        whole = "\x1f".join(texts)
        return self.text(whole) == whole

    def pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Return names and values with every secret masked."""
        new = [pair for pair in pairs if pair not in self._clean]
        if not new:
            return pairs
        whole = "\x1f".join(text for pair in new for text in pair)
        if self._known and self._text(whole, encoded=True) != whole:
            return tuple((self._text(name, encoded=True), self._text(value, encoded=True)) for name, value in pairs)
        if len(self._clean) < _REMEMBERED:
            self._clean.update(pair for pair in new if len(pair[1]) < _REMEMBERED)
        return pairs

    def json(self, value: Any) -> Any:
        """Return a JSON value with every secret masked in its strings and its keys."""
        return value if self.is_clean(_texts(value)) else self._json(value)

    def _json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self._json(item) for item in value]
        if isinstance(value, dict):
            return {self.text(str(key)): self._json(item) for key, item in value.items()}
        return value

    def stream(self) -> StreamRedactor:
        """Start a redaction of bytes that arrive in pieces."""
        return StreamRedactor(self)
