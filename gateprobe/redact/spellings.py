"""The spellings of a secret that a server may echo: as plain strings of bytes, and as patterns."""

from __future__ import annotations

import base64
import codecs
import html.entities
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_SHORTEST: Final = 8  # characters: fewer of base64 occur in a picture by chance
_FEWEST: Final = 10  # of every second byte: what is shorter is hidden in its plain spellings alone, in binary data
_RUN: Final = b"\1" * _FEWEST
_TEXT: Final = b"\t\n\v\f\r\x80\x81\x8b\x8c\x8d\x8e\x8f\xa0\xad\xbb\xbf\xc2\xe2\xef" + bytes(range(32, 127))
_SEPARATOR: Final = rb"[^0-9A-Za-z]{1,24}"  # between two numbers of a list, on one line or on several
LONGEST: Final = 3 + 24  # bytes of a number and its separator, the longest spelling of one byte
_ENTITIES: Final = {code: name.encode() for code, name in sorted(html.entities.codepoint2name.items()) if code < 128}
_ESCAPABLE: Final = "\"'\\/"  # characters that JSON or a programming language escapes with a backslash

_LIST: Final = (
    rb"[^0-9A-Za-z+/](?<=[0-9A-Fa-f]{2}[^0-9A-Za-z+/])[^0-9A-Za-z+/]{0,23}(?:0[xXoO])?[0-9A-Fa-f]{2,8}"
    rb"(?:[^0-9A-Za-z+/]{1,24}(?:0[xXoO])?[0-9A-Fa-f]{2,8}){%d}"
)
_OF_NUMBERS: Final = bytes(
    byte in b"0123456789ABCDEFabcdefxXoO" or not ((chr(byte).isalnum() and byte < 128) or byte in b"+/")
    for byte in range(256)
)
"""Which bytes a list of numbers consists of."""
_FEWEST_NUMBERS: Final = 4
_MOST_NUMBERS: Final = 8  # a date with its time, or a UUID, has fewer
_ESCAPED: Final = (
    rb"[%%\\&=](?:(?<=[%%=])[0-9A-Fa-f]{2}|(?<=&)(?:amp;|#|[a-z]{2,6};)"
    rb"|(?<=\\)(?:[uU](?:\{|[0-9A-Fa-f]{4})|x[0-9A-Fa-f]{2}|[0-7]{3}%s))"
)
_BLANKS: Final = b"\n \t\v\f\r"
_OTHER_GAPS: Final = re.compile(
    rb"[\\%\xe2\xef\xc2](?:(?<=\\)\\{0,7}(?:[nrt]|u(?:200[b-fB-F]|2060|00[aA][dD]|000[aAdD]))|(?<=%)(?:0[aAdD]|20)"
    rb"|(?<=\xe2)(?:\x80[\x8b-\x8f]|\x81\xa0)|(?<=\xef)\xbb\xbf|(?<=\xc2)\xad)"
)
_GAP: Final = re.compile(rb"(?:[%s]|%s)+" % (_BLANKS, _OTHER_GAPS.pattern))


@dataclass(frozen=True, slots=True)
class NumberMark:
    """A search for lists of so many numbers; a run of characters that such a list consists of comes first."""

    fewest: int
    pattern: re.Pattern[bytes]

    def places(self, data: bytes) -> Iterator[int]:
        """Yield where lists of numbers begin."""
        run = b"\1" * (3 * self.fewest - 1)
        flags = data.translate(_OF_NUMBERS)
        at = flags.find(run)
        while at >= 0:
            end = flags.find(b"\0", at)
            end = len(flags) if end < 0 else end
            yield from (match.start() for match in self.pattern.finditer(data, at, end))
            at = flags.find(run, end)


def marks(secrets: Collection[str]) -> tuple[re.Pattern[bytes], NumberMark]:
    """Return searches for what every mixed spelling, and every list of numbers, contains; pictures contain few.

    At most half of a secret's numbers identify a list, so that a match begins within them even in a longer list.
    """
    characters = {character for secret in secrets for character in secret}
    escapable = b"".join(b"|" + re.escape(character.encode()) for character in _ESCAPABLE if character in characters)
    shortest = min((len(secret.encode("utf-8", "surrogatepass")) for secret in secrets), default=0)
    numbers = max(_FEWEST_NUMBERS, min(_MOST_NUMBERS, (shortest + 1) // 2))
    return re.compile(_ESCAPED % escapable), NumberMark(numbers, re.compile(_LIST % (numbers - 2)))


def text_table(secrets: Iterable[str]) -> bytes:
    """Return a table that maps each byte that may be text to 1, and all others to 0."""
    table = bytearray(256)
    characters = "".join(secrets)
    for byte in {
        *_TEXT,
        *characters.encode("utf-8", "surrogatepass"),
        *characters.encode("utf-16-le", "surrogatepass"),
    }:
        table[byte] = byte > 0
    return bytes(table)


def text_runs(data: bytes, table: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places in binary data where every second byte may be text; random data has few.

    A line end within UTF-16 moves the letters from the even bytes to the odd ones, so both are looked at.
    """
    begin, last = 0, -1
    for start, end in sorted((*_every_second(data, table, 0), *_every_second(data, table, 1))):
        if start > last:
            if last >= 0:
                yield begin, last
            begin = start
        last = max(last, end)
    if last >= 0:
        yield begin, last


def _every_second(data: bytes, table: bytes, first: int) -> Iterator[tuple[int, int]]:
    """Yield the places where every second byte, from the first or the next one on, may be text."""
    flags = data[first::2].translate(table)
    at = flags.find(_RUN)
    while at >= 0:
        end = flags.find(b"\0", at)
        end = len(flags) if end < 0 else end
        yield max(0, first + 2 * at - 1), min(first + 2 * end, len(data))
        at = flags.find(_RUN, end)


def is_run(text: bytes, table: bytes) -> bool:
    """Return whether `text_runs` finds a text wherever it stands in binary data."""
    return len(text) > 2 * _FEWEST and b"\0" not in text.translate(table)


def without_gaps(data: bytes) -> bytes:
    """Return bytes without the line ends, blanks and invisible characters between which one spelling goes on."""
    return _OTHER_GAPS.sub(b"", data).translate(None, _BLANKS)


def gaps(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places that `without_gaps` leaves out."""
    return (gap.span() for gap in _GAP.finditer(data))


def literals(secret: str) -> set[bytes]:
    """Return the spellings that are plain strings of bytes; base64 at each alignment, also within more base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    bits = "".join(f"{byte:08b}" for byte in raw).encode()
    plain = {raw, raw.upper(), raw.lower(), raw.swapcase(), raw.replace(b" ", b"+"), bits}
    plain |= {compact for compact in (raw.replace(b" ", b""),) if len(compact) >= _SHORTEST}
    texts = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    percent = b"".join(b"%%%02X" % byte for byte in raw)
    wide = {secret.encode(coding, "surrogatepass") for coding in ("utf-16-le", "utf-16-be")}
    once = {form for text in (*texts, raw.upper(), raw.lower(), percent, *wide) for form in _in_base64(text)}
    once |= {form for encode in (base64.b64encode, base64.urlsafe_b64encode) if (form := encode(raw).rstrip(b"="))}
    twice = {form for text in (*_in_base64(raw), base64.b64encode(raw)) for form in _in_base64(text)}
    other = {
        raw[::-1],
        codecs.encode(secret, "rot13").encode("utf-8", "surrogatepass"),
        base64.b32encode(raw).rstrip(b"="),
    }
    hexes = {form.hex().encode() for form in _in_base64(raw)} | {text.hex().encode() for text in texts - {raw}}
    spellings = plain | texts | wide | once | twice | other | hexes
    return spellings | {_escaped(form) for form in once | twice} | {form.replace(b"/", rb"\/") for form in once | twice}


_BASE85: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_TO_Z85: Final = bytes.maketrans(_BASE85, _Z85)


def base85_literals(secret: str) -> set[bytes]:
    """Return base85 (Ascii85, RFC 1924, Z85) of a secret within a longer text, at each alignment, also in JSON."""
    raw, forms = secret.encode("utf-8", "surrogatepass"), set()
    for start in range(4):
        whole = raw[start : start + (len(raw) - start) // 4 * 4]
        if len(whole) >= _SHORTEST:
            plain = base64.b85encode(whole)
            forms |= {plain, plain.translate(_TO_Z85), base64.a85encode(whole)}
    return forms | {form.replace(b"\\", rb"\\").replace(b'"', rb"\"") for form in forms}


def _escaped(form: bytes) -> bytes:
    """Return base64 as the query of a URL contains it."""
    return form.replace(b"+", b"%2B").replace(b"/", b"%2F")


def _in_base64(raw: bytes) -> set[bytes]:
    """Return the forms of a text within longer base64, such as that of a whole header, at each alignment."""
    forms = set()
    for before in range(3):
        shifted = bytes(before) + raw
        start, end = -(-before * 8 // 6), len(shifted) * 8 // 6  # the characters that no neighbouring byte changes
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(shifted)[start:end])
    return {form for form in forms if len(form) >= _SHORTEST}


_AMBIGUOUS: Final = frozenset("\\&%=+ ")
"""Characters that also begin spellings of others, so that a match may have to give some of them back."""


def escaped_pattern(secret: str) -> bytes:
    """Return a pattern of any mixture of escapes."""
    return b"".join(map(_spellings, secret))


def numbers_pattern(secret: str) -> bytes:
    """Return a pattern of a list of the numbers of its bytes."""
    return (
        rb"(?<![0-9A-Za-z])(?:0[xXoO]|x)?"
        + (_SEPARATOR + rb"(?:0[xXoO]|x)?").join(map(_numbers, secret.encode("utf-8", "surrogatepass")))
        + rb"(?![0-9A-Za-z])"
    )


def _numbers(byte: int) -> bytes:
    return rb"(?i:0*%d|%02x|0*%o|%s)" % (byte, byte, byte, f"{byte:08b}".encode())


def _spellings(character: str) -> bytes:
    """Return a pattern for one character in all spellings that a server may use, escaped up to three times."""
    code = ord(character)
    raw = character.encode("utf-8", "surrogatepass")
    utf16 = character.encode("utf-16-be", "surrogatepass")
    units = b"".join(rb"\\{1,8}u%s" % utf16[at : at + 2].hex().encode() for at in range(0, len(utf16), 2))
    spellings = [
        (rb"\\{0,7}" if character in _ESCAPABLE else b"") + re.escape(raw),
        b"(?i:%s)" % b"".join(b"%%(?:25){0,3}%02x" % byte for byte in raw),
        b"(?i:%s)" % b"".join(rb"\\{1,8}x%02x" % byte for byte in raw),
        b"(?i:%s)" % b"".join(b"=%02x" % byte for byte in raw),
        b"".join(rb"\\{1,8}%03o" % byte for byte in raw),
        b"(?i:%s)" % units,
        rb"(?i:\\{1,8}u(?:\{0{0,6}%x\}|0{0,4}%04x))" % (code, code),
        rb"&(?:amp;){0,2}(?:#0{0,4}%d|(?i:#x0{0,4}%x));?" % (code, code),
    ]
    if character == " ":
        spellings.append(rb"(?i:\+|%(?:25){0,3}2b)")
    if code in _ENTITIES:
        spellings.append(b"&(?:amp;){0,2}" + _ENTITIES[code] + b";")
    if character == "'":
        spellings.append(b"&(?:amp;){0,2}apos;")
    # Two spellings fit `\\u0041`: without atomic groups, a text of many that ends otherwise takes exponential time.
    return (b"(?:" if character in _AMBIGUOUS else b"(?>") + b"|".join(spellings) + b")"
