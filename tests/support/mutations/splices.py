"""Streams spliced together, cut off, or gone on with after an error."""

from __future__ import annotations

import random

import orjson

from tests.support.mutations.core import (
    SEQUENCE,
    TWICE,
    Mutant,
    Stream,
    changed,
    frame,
    mutant,
    operator,
    pick,
    renumber,
    write,
)


@operator
def spliced_retry(rng: random.Random, stream: Stream) -> Mutant | None:
    """Start over in the middle, as a relay does that fails over to another upstream."""
    if len(stream.events) < 5 or stream.images:
        return None
    at = rng.randrange(3, len(stream.events) - 1)
    events = stream.copy[:at] + stream.copy
    rules = f"order.repeated order.late {' '.join(SEQUENCE)} {TWICE}"
    return mutant(write(stream, events), rules, at)


@operator
def spliced_other(rng: random.Random, stream: Stream) -> Mutant | None:
    """Go on with somebody else's stream."""
    if len(stream.events) < 5 or stream.images:
        return None
    at = rng.randrange(3, len(stream.events) - 1)
    events = stream.copy
    for n in range(at, len(events)):
        changed = orjson.dumps(events[n]).replace(b'_id":"', b'_id":"other_').replace(b'"id":"', b'"id":"other_')
        events[n] = orjson.loads(changed)
    rules = "ids_stable.item ids_stable.response final_agrees.items ids_stable.call"
    return mutant(write(stream, events), rules, *range(at, len(events)))


@operator
def two_streams(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send two whole responses in one stream."""
    del rng
    other = orjson.loads(orjson.dumps(stream.events).replace(b"resp_", b"resp_2"))
    rules = "terminal.after terminal.twice order.second_response terminal.several_pictures"
    return mutant(write(stream, [*stream.events, *other]), rules, len(stream.events))


@operator
def cut_between_frames(rng: random.Random, stream: Stream) -> Mutant | None:
    """Close the connection between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(1, len(stream.events))
    return mutant(write(stream, stream.copy[:at]), "terminal.missing error_event.followed", None)


@operator
def cut_inside_frame(rng: random.Random, stream: Stream) -> Mutant | None:
    """Close the connection inside a frame."""
    at = rng.randrange(len(stream.events))
    whole = write(stream, stream.copy[:at])
    last = frame(stream, stream.events[at])
    cut = rng.randrange(8, len(last) - 2)
    return mutant(whole + last[:cut], "framing.blank_line terminal.missing framing.frames", at, None)


@operator
def no_final_blank_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out the very last line end, as many hand-written servers do."""
    del rng
    return mutant(write(stream, stream.copy)[:-1], "framing.blank_line", len(stream.events) - 1)


@operator
def error_without_failed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Stop right after an `error`."""
    at = pick(rng, stream, "error")
    if at is None or stream.images:
        return None
    return mutant(write(stream, stream.copy[: at + 1]), "error_event.followed", None)


@operator
def error_without_message(rng: random.Random, stream: Stream) -> Mutant | None:
    """Report an error without saying which."""
    at = pick(rng, stream, "error")
    return changed(stream, at, lambda e: e["error"].pop("message") and None, "schema.event")


@operator
def error_swallowed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Go on after an `error` as if nothing had happened."""
    at = rng.randrange(2, max(3, len(stream.events) - 1))
    if at >= len(stream.events) or stream.images or stream.events[at]["type"] == "response.failed":
        return None
    events = stream.copy
    error = {"type": "server_error", "code": None, "message": "lost upstream", "param": None}
    number = {"sequence_number": 0} if stream.numbered else {}
    events.insert(at, {"type": "error", "error": error, **number})
    return mutant(write(stream, renumber(events)), "error_event.followed", at + 1)


@operator
def done_in_the_middle(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send `[DONE]` before the end."""
    at = rng.randrange(1, len(stream.events)) if len(stream.events) > 1 else 0
    body = write(stream, stream.copy[:at]) + b"data: [DONE]\n\n" + write(stream, stream.copy[at:])
    return mutant(body, "done_marker.early", at, at + 1)


@operator
def done_for_terminal(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send `[DONE]` instead of the terminal event."""
    del rng
    if stream.events[-1]["type"] == "response.failed":
        return None
    body = write(stream, stream.copy[:-1]) + b"data: [DONE]\n\n"
    return mutant(body, "done_marker.early", len(stream.events) - 1)
