"""Decode what looks like base64, base32, hexadecimal, a hexdump or uuencoded lines, to search it for secrets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from gateprobe.redact.escapes import DecodedText, Origins
from gateprobe.redact.packed import Allowance, is_archive, is_picture
from gateprobe.redact.spliced import Span, Spliced

_HEAD: Final = 256  # characters of a long run that show whether the rest is worth decoding
_LONGEST_JOINED: Final = 8192  # characters of a token of joined strings
_MIN_TOKEN: Final = 20  # characters; base64 of a shorter text is found by its spelling
_TOKEN: Final = b"+-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_TOKENS: Final = re.compile(rb"[-+/0-9A-Za-z_]{%d,}+" % _MIN_TOKEN)
_OTHERS_TO_BLANKS: Final = bytes(byte if byte in _TOKEN else 32 for byte in range(256))
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_HEX: Final = b"0123456789ABCDEFabcdef"
_BASE32: Final = (
    (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", base64.b32decode),
    (b"0123456789ABCDEFGHIJKLMNOPQRSTUV", base64.b32hexdecode),
)
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PRINTABLE: Final = bytes(range(32, 127)) + b"\t\n\v\f\r"
_BASE64_OF_MARKS: Final = (b"//4", b"//5", b"//6", b"//7", b"/v8", b"/v9", b"/v+", b"/v/")  # byte order marks
_HEX_OF_TEXT: Final = re.compile(rb"(?:[2-7][0-9A-Fa-f]){12}")


def _base64_of_text() -> bytes:
    """Return a pattern of base64 of three characters of a text."""
    groups = (
        {byte >> 2 for byte in _PRINTABLE},
        {(first & 3) << 4 | second >> 4 for first in _PRINTABLE for second in _PRINTABLE},
        {(first & 15) << 2 | second >> 6 for first in _PRINTABLE for second in _PRINTABLE},
        {byte & 63 for byte in _PRINTABLE},
    )
    return b"".join(b"[%s]" % re.escape(bytes(_ALPHABET[six] for six in group)) for group in groups)


_BASE64_OF_TEXT: Final = re.compile(b"(?:%s){6}" % _base64_of_text())
_EOL: Final = rb"(?:\\{1,4}[rn]|[\r\n])"
_DUMP_SIGNS: Final = (b"0000", b"0x00")
"""How the offsets of a hexdump begin."""
_BYTES: Final = rb"[0-9A-Fa-f]{2}(?![^\s\\\"])(?:[ \t]{1,2}[0-9A-Fa-f]{2}(?![^\s\\\"]))*+"
_WORD: Final = rb"(?:(?:[0-9A-Fa-f]{2}){2,4}|[0-7]{3})(?![^\s\\\"])"
_DUMP_LINE: Final = re.compile(
    rb"(?:(?<=[\r\n\"'>`:])|(?<=\\[rn])|(?<![\s\S]))[ \t]{0,8}+(?:0[xX])?+[0-9A-Fa-f]{4,16}+[:|]?+[ \t]{1,4}"
    rb"(?:(?P<bytes>%s)|(?P<words>%s(?:[ \t]%s)*+)|(?P<letters>\S(?:[ \t]{2,3}\S)++))[^\r\n\\\"]*+"
    % (_BYTES, _WORD, _WORD)
)
_ROW: Final = 16  # bytes of a line; what follows them may be letters that look like more
_WRAPPED: Final = re.compile(
    rb"\n(?:(?<=[-+/0-9A-Za-z_=]{16}\n)|(?<=[-+/0-9A-Za-z_=]{16}\r\n))[ \t]*(?=[-+/0-9A-Za-z_]{2})"
)
_UU_BEGIN: Final = re.compile(rb"begin [0-7]{3,4} [^\r\n\\]{1,200}%s" % _EOL)
_JSON_ESCAPE: Final = re.compile(rb"\\(.)")


def encoded_places(
    text: DecodedText, allowance: Allowance, contains: Callable[[bytes], bool], known: set[bytes] | None = None
) -> Iterator[Span]:
    """Yield the places of what contains a secret once it is decoded, and of what is beyond the allowance.

    The tokens are added to those that are `known`, which are not searched.
    """
    known = set() if known is None else known
    for level, decoded in enumerate(text.levels):
        for joined in (False, True) if _WRAPPED.search(decoded) else (False,):
            new = dict.fromkeys(_tokens(_WRAPPED.sub(b"", decoded) if joined else decoded))
            hits = {token for token in new if token not in known and _is_secret(decodings(token), allowance, contains)}
            known.update(new)
            if hits:
                yield from _token_places(hits, *text.mapped[level], joined=joined)
    for places, content in _dumps(text.levels[0]):
        if _is_secret([content], allowance, contains):
            yield from places


def joined_places(text: bytes, contains: Callable[[bytes], bool], known: set[bytes]) -> Iterator[Span]:
    """Yield the places of encoded secrets in joined strings; longer tokens are pictures, or were found alone."""
    new = {token for token in _tokens(text) if len(token) <= _LONGEST_JOINED and token not in known}
    hits = {token for token in new if any(map(contains, decodings(token)))}
    for match in _TOKENS.finditer(text) if hits else ():
        if match.group() in hits:
            yield match.span()


def long_places(
    data: bytes, runs: Spliced | None, allowance: Allowance, contains: Callable[[bytes], bool]
) -> Iterator[Span]:
    """Yield the same for long runs of base64, whose middles other searches leave out; a picture is none of them."""
    for start, end in () if runs is None else runs.runs:
        if not is_picture(_from_base64(data[start : start + 16].translate(_TO_STANDARD))) and any(
            decodings(data[start : start + _HEAD])
        ):
            too_long = end - start > allowance.size
            if too_long or _is_secret(decodings(data[start:end]), allowance, contains):
                yield start, end


def _is_secret(contents: Iterable[bytes], allowance: Allowance, contains: Callable[[bytes], bool]) -> bool:
    """Return whether a content contains a secret, or may contain one that is not searched for."""
    for content in contents:
        if allowance.is_spent:
            return True
        allowance.spend(len(content))
        if contains(content):
            return True
    return False


def _tokens(text: bytes) -> Iterator[bytes]:
    """Yield the words of a text that may be base64, base32 or hexadecimal."""
    return (token for token in text.translate(_OTHERS_TO_BLANKS).split() if len(token) >= _MIN_TOKEN)


def _token_places(tokens: set[bytes], text: bytes, origins: Origins, *, joined: bool) -> Iterator[Span]:
    """Yield the places of some tokens of a text in its original; those of a token in lines, line by line."""
    if joined:
        places, at = Origins(), 0
        for start, end in (match.span() for match in _WRAPPED.finditer(text)):
            places.add(origins, at, start)
            at = end
        places.add(origins, at, len(text))
        text, origins = _WRAPPED.sub(b"", text), places
    for match in _TOKENS.finditer(text):
        if match.group() in tokens:
            if joined:
                yield from (origins.span(at, at + 1) for at in range(*match.span()))
            else:
                yield origins.span(*match.span())


def decodings(token: bytes) -> Iterator[bytes]:
    """Yield the texts or archives that a token may encode; none for anything else, such as a picture or an id."""
    if not token.translate(None, _HEX):
        match = _HEX_OF_TEXT.search(token)
        if is_archive(_from_hex(token[:24])):
            yield _from_hex(token)
        if match:
            yield _from_hex(token[match.start() :])
        return
    for alphabet, decode in _BASE32 if token.isupper() or token.islower() else ():
        upper = token.upper()
        if not upper.translate(None, alphabet):
            content = _from_base32(upper, decode)
            if is_archive(content) or _is_text(content):
                yield content
    standard = token.translate(_TO_STANDARD)
    match = _BASE64_OF_TEXT.search(standard)
    if match:
        yield _from_base64(standard[match.start() :])
    if standard.startswith(_BASE64_OF_MARKS):
        yield _without_zeros(_from_base64(standard))
    if is_archive(_from_base64(standard[:16])):
        yield _from_base64(standard)


def _from_hex(token: bytes) -> bytes:
    return bytes.fromhex(token[: len(token) // 2 * 2].decode("ascii"))


def _from_base64(token: bytes) -> bytes:
    whole = token if len(token) % 4 != 1 else token[:-1]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _from_base32(token: bytes, decode: Callable[[bytes], bytes]) -> bytes:
    for dropped in range(3):  # of 8 characters, 2, 4, 5 or 7 may be the last ones
        whole = token[: len(token) - dropped]
        if len(whole) % 8 in (0, 2, 4, 5, 7):
            return decode(whole + b"=" * (-len(whole) % 8))
    return b""


def _is_text(content: bytes) -> bool:
    try:
        return content.decode().isprintable() or not content.translate(None, _PRINTABLE)
    except UnicodeDecodeError:
        return False


def _without_zeros(content: bytes) -> bytes:
    """Return a text of UTF-16 or UTF-32 as ASCII, without its byte order mark; other content unchanged."""
    return content.lstrip(b"\xfe\xff").replace(b"\0", b"") if 2 * content.count(0) >= len(content) - 4 else content


def _dumps(text: bytes) -> Iterator[tuple[tuple[Span, ...], bytes]]:
    """Yield the places of the lines of hexdumps and of uuencoded data, and what they contain.

    The words of a hexdump may be of either byte order, or octal, so it is read in each way.
    """
    begin = _UU_BEGIN.search(text)
    while begin:
        end = text.find(b"end", begin.end())
        if end < 0:
            break
        packed = text[begin.end() : end]
        packed = packed if b"\n" in packed else _JSON_ESCAPE.sub(_unescape, packed)
        yield ((begin.start(), end),), b"".join(map(_from_uu, packed.splitlines()))
        begin = _UU_BEGIN.search(text, end)
    if not any(_begins_line(sign, text) for sign in _DUMP_SIGNS):
        return
    lines = list(_DUMP_LINE.finditer(text))
    if len(lines) < 2:
        return
    places = tuple(line.span() for line in lines)
    rows = [(line["bytes"] or line["words"] or b"").split() for line in lines]
    yield places, b"".join(_from_hex(group) for row in rows for group in row)
    yield places, b"".join(_from_hex(group) for row in rows for group in row[:_ROW])
    yield places, b"".join(_from_hex(group)[::-1] for row in rows for group in row)
    yield places, b"".join(_from_octal(group) for row in rows for group in row)
    yield places, b"".join(letter for line in lines if line["letters"] for letter in line["letters"].split())


def _begins_line(sign: bytes, text: bytes) -> bool:
    """Return whether a line that is not the first begins with a sign."""
    at = text.find(sign)
    while at >= 0:
        if text[max(0, at - 12) : at].rstrip(b" \t").endswith((b"\n", b"\r", rb"\n", rb"\r")):
            return True
        at = text.find(sign, at + len(sign))
    return False


def _unescape(match: re.Match[bytes]) -> bytes:
    return b"\n" if match[1] == b"n" else match[1]


def _from_uu(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""


def _from_octal(group: bytes) -> bytes:
    try:
        return int(group, 8).to_bytes(2 if len(group) > 3 else 1, "little")
    except (ValueError, OverflowError):
        return b""
