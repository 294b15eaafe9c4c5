"""Frames and bytes that are broken."""

from __future__ import annotations

import random
from collections.abc import Callable

import orjson

from gateprobe.wire.sse import encode
from tests.support.mutations.core import (
    Mutant,
    Stream,
    frame,
    mutant,
    operator,
    write,
)


def _reframed(rng: random.Random, stream: Stream, change: Callable[[bytes], bytes], rules: str) -> Mutant:
    """Write one frame otherwise."""
    at = rng.randrange(len(stream.events))
    written = {at: change(frame(stream, stream.events[at]))}
    return mutant(write(stream, stream.copy, written), rules, at)


@operator
def strip_event_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out one `event:` line."""
    if not stream.named or len(stream.events) < 2:
        return None
    return _reframed(rng, stream, lambda f: f[f.index(b"data:") :], "event_names.missing")


@operator
def strip_all_event_lines(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out every `event:` line, as OpenRouter does."""
    del rng
    if not stream.named:
        return None
    body = b"".join(encode(orjson.dumps(event)) for event in stream.events)
    return mutant(body, "event_names.missing", None)


@operator
def wrong_event_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Name another event in the `event:` line."""
    if not stream.named:
        return None
    change: Callable[[bytes], bytes] = lambda f: b"event: message\n" + f[f.index(b"data:") :]  # noqa: E731 - one line
    return _reframed(rng, stream, change, "event_names.mismatch")


@operator
def merge_frames(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the blank line between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(len(stream.events) - 1)
    written = {at: frame(stream, stream.events[at])[:-1]}
    return mutant(write(stream, stream.copy, written), "framing.json", at)


@operator
def glue_lines(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose both line ends between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(len(stream.events) - 1)
    written = {at: frame(stream, stream.events[at])[:-2]}
    return mutant(write(stream, stream.copy, written), "framing.json", at)


@operator
def truncate_frame(rng: random.Random, stream: Stream) -> Mutant | None:
    """Cut the data of one frame short and go on."""
    change: Callable[[bytes], bytes] = lambda f: f[: rng.randrange(f.index(b"data:") + 8, len(f) - 3)] + b"\n\n"  # noqa: E731 - one line
    return _reframed(rng, stream, change, "framing.json framing.utf8")


@operator
def break_data_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Break a data line in two without `data:` on the second."""

    def change(written: bytes) -> bytes:
        at = rng.randrange(written.index(b"data:") + 8, len(written) - 4)
        return written[:at] + b"\n" + written[at:]

    return _reframed(rng, stream, change, "framing.json framing.utf8 framing.unknown_field")


@operator
def corrupt_utf8(rng: random.Random, stream: Stream) -> Mutant | None:
    """Put half a character into a text."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":"\xe9"}\n\n', "framing.utf8")


@operator
def corrupt_json(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose a closing brace."""
    return _reframed(rng, stream, lambda f: f[:-3] + b"\n\n", "framing.json")


@operator
def not_a_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Write NaN, which only Python takes for JSON."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":NaN}\n\n', "framing.json")


@operator
def huge_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Write a number that JavaScript rounds."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":12345678901234567890}\n\n', "framing.ambiguous")


@operator
def duplicate_key(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return one key twice."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"type":"x"}\n\n', "framing.ambiguous")


@operator
def event_without_data(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send an `event:` line alone."""
    return _reframed(rng, stream, lambda f: b"event: ping\n\n" + f, "framing.dataless")


@operator
def empty_data(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a frame with empty data."""
    return _reframed(rng, stream, lambda f: b"data:\n\n" + f, "framing.json")


@operator
def html_in_the_middle(rng: random.Random, stream: Stream) -> Mutant | None:
    """Slip a proxy's error page in."""
    page = b"<html>\n<body>502 Bad Gateway</body>\n</html>\n\n"
    return _reframed(rng, stream, lambda f: page + f, "framing.unknown_field")


@operator
def lost_field_name(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the `data:` of one frame."""
    return _reframed(rng, stream, lambda f: f.replace(b"data: ", b"", 1), "framing.unknown_field framing.dataless")
