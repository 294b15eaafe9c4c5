"""The Images endpoint as a stream: whether it streams, and its partial pictures."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.judge.refusals import refusal_kind
from gateprobe.message import plural
from gateprobe.model import Claim, Finding, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe

from ..scenarios.images import fewer_partials, streamed_partials, streamed_picture
from ..support.exchanges import no_stream
from ..support.partials import judged_copies

MOST: Final = 3
"""The most partial pictures of a stream (OpenAI API reference)."""

UNASKED: Final = 1
"""OpenAI sends at most this many partial pictures unasked (recorded: 0 and 1)."""


@probe("images.generate.stream", needs=streamed_picture)
def generation_is_streamed(evidence: Evidence, _claim: Claim) -> Finding:
    """A request with `stream: true` is answered with events, the last `image_generation.completed` with the picture."""
    return judged_stream(evidence.last, "image_generation")


def judged_stream(exchange: Exchange, kind: str) -> Finding:
    """Judge that a stream came and ended with a picture in a `completed` event of its kind."""
    if not exchange.is_stream:
        return no_stream(exchange)
    if exchange.error is not None:
        fault_kind, option = refusal_kind(exchange)
        return malformed(
            fault_kind, "the stream ended with an error: {answer}", option=option, answer=exchange.summary
        ).at(exchange.place)
    types, expected = tuple(str(event.get("type")) for event in exchange.judged.finals), f"{kind}.completed"
    if not exchange.frames:
        return malformed(
            "stream.no_terminal",
            "the stream is empty ({length:,} bytes, no event), expected 1 {expected}",
            length=len(exchange.body),
            expected=expected,
        ).at(exchange.place)
    if not types:
        return malformed(
            "stream.no_terminal",
            "events received: {number}, none of them completed, expected 1 {expected}",
            number=len(exchange.frames),
            expected=expected,
        ).at(exchange.place)
    if types != (expected,):
        events = plural(len(types), "1 completed event ({types})", "{number} completed events ({types})", types=types)
        return malformed(
            "stream.order_broken", "received {events}, expected 1 {expected}", events=events, expected=expected
        ).at(exchange.place)
    picture = exchange.pictures[0]
    return honoured(
        "events received: {number}, the last with a {format} picture of {size}",
        number=len(exchange.frames),
        format=picture.format,
        size=picture.size,
    ).at(exchange.place)


@probe("images.generate.partial_images", needs=streamed_picture)
def no_partials_come_unasked(evidence: Evidence, _claim: Claim) -> Finding:
    """A stream without `partial_images` contains at most one partial picture."""
    exchange = evidence.last
    if exchange.is_stream and not exchange.partials and not exchange.pictures:
        return nothing_to_judge("the stream ended without a picture, partial or final").at(exchange.place)
    return judged_partials(exchange, UNASKED)


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,), documented=True)
def partials_are_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A stream contains at most as many partial pictures as requested, numbered from 0, each of them decodable."""
    return _asked_partials(evidence.last, asked)


def _asked_partials(exchange: Exchange, asked: int) -> Finding:
    """Judge partial pictures that were requested; where none came, another probe says so."""
    if exchange.is_stream and not exchange.partials:
        return inapplicable("partial pictures: asked for {asked}, received none to count", asked=asked).at(
            exchange.place
        )
    return judged_partials(exchange, asked)


@probe("images.generate.partial_images", needs=fewer_partials, values=(1, 2), documented=True)
def fewer_partials_are_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A stream contains fewer partial pictures if fewer were requested, numbered from 0, each of them decodable."""
    return _asked_partials(evidence.last, asked)


def judged_partials(exchange: Exchange, most: int) -> Finding:
    """Judge how many partial pictures came, and how they are numbered."""
    if not exchange.is_stream:
        return no_stream(exchange)
    numbers = tuple(index for index, _ in exchange.partials)
    number, expected = len(numbers), tuple(range(len(numbers)))
    if number > most:
        return ignored(
            "stream.partial_count",
            "received {number} partial pictures, expected at most {most}",
            number=number,
            most=most,
        ).at(exchange.place)
    if numbers != expected:
        return malformed(
            "stream.partial_numbers",
            "the partial pictures are numbered {numbers}, expected {expected}",
            numbers=numbers,
            expected=expected,
        ).at(exchange.place)
    exchange.pictures  # noqa: B018 - a final picture that does not decode raises here
    return honoured("partial pictures: received {number}, allowed at most {most}", number=number, most=most).at(
        exchange.place
    )


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,))
def partials_differ_from_the_final_picture(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """No partial picture is a copy of another one or of the final picture."""
    exchange = evidence.last
    partial, final = [picture for _, picture in exchange.partials], exchange.pictures
    if not partial:
        return inapplicable("partial pictures: asked for {asked}, received none to compare", asked=asked).at(
            exchange.place
        )
    compared = judged_copies(partial, final)
    if compared is not None:
        return compared.at(exchange.place)
    return honoured(
        "{number} of at most {most} partial pictures came; each differs from the others and from the final one",
        number=len(partial),
        most=asked,
    ).at(exchange.place)


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,), level="info", vendor_only=True)
def partials_come_at_all(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A stream with `partial_images` contains at least one partial picture."""
    exchange = evidence.last
    if not exchange.is_stream:
        return no_stream(exchange)
    number = len(exchange.partials)
    if not number:
        return ignored(
            "stream.partial_count",
            "partial pictures: asked for {asked}, received none: the picture may have been too quick",
            asked=asked,
        ).at(exchange.place)
    return honoured("received {number} of {asked} partial pictures", number=number, asked=asked).at(exchange.place)
