"""The Images endpoint as a stream: that it streams at all, and what its partial pictures are."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.image import Picture
from gateprobe.model import Claim, Finding, Seen, honoured, ignored, malformed
from gateprobe.probe import probe

from ..scenarios.images import fewer_partials, streamed_partials, streamed_picture
from ..support.images import counted

MOST: Final = 3
"""The most partial pictures of a stream (OpenAI API reference)."""

UNASKED: Final = 1
"""OpenAI has been recorded sending one partial picture though none was asked for, and also none."""


@probe("images.generate.stream", needs=streamed_picture)
def generation_is_streamed(evidence: Evidence, _claim: Claim) -> Finding:
    """With `stream: true` events come, the last of them `image_generation.completed` with the picture."""
    return judged_stream(evidence.last, "image_generation")


def judged_stream(exchange: Exchange, kind: str) -> Finding:
    """Judge that a stream came and ended with a picture in a `completed` event of its kind."""
    if not exchange.is_stream:
        return ignored(f"a stream was asked for, {exchange.content_type or 'an answer without a type'} came")
    if exchange.error is not None:
        return malformed(f"the stream ended with an error: {exchange.summary}")
    types = [event.get("type") for event in exchange.judged.finals]
    if types != [f"{kind}.completed"]:
        named = f" ({', '.join(map(str, types))})" if types else ""
        return malformed(f"{counted(len(types), 'completed event')} came{named}, expected one {kind}")
    shown = exchange.pictures[0]
    return honoured(
        f"{counted(len(exchange.frames), 'event')} came, the last with a {shown.format} picture of {shown.size}"
    )


@probe("images.generate.partial_images", needs=streamed_picture)
def no_partials_come_unasked(evidence: Evidence, _claim: Claim) -> Finding:
    """Where no partial pictures were asked for, one comes at most."""
    return judged_partials(evidence.last, UNASKED)


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,), documented=True)
def partials_are_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """At most as many partial pictures come as were asked for, numbered from 0, each of them decodable."""
    return judged_partials(evidence.last, asked)


@probe("images.generate.partial_images", needs=fewer_partials, values=(1, 2), documented=True)
def fewer_partials_are_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """Fewer partial pictures come where fewer were asked for, numbered from 0, each of them decodable."""
    return judged_partials(evidence.last, asked)


def judged_partials(exchange: Exchange, most: int) -> Finding:
    """Judge how many partial pictures came, and how they are numbered."""
    if not exchange.is_stream:
        return ignored(f"a stream was asked for, {exchange.content_type or 'an answer without a type'} came")
    found = exchange.partials
    if len(found) > most:
        return ignored(f"{counted(len(found), 'partial picture')} came, at most {most} may")
    numbers = [index for index, _ in found]
    if numbers != list(range(len(found))):
        return malformed(f"the partial pictures are numbered {numbers}, expected {list(range(len(found)))}")
    exchange.pictures  # noqa: B018 - a final picture that does not decode raises here
    return honoured(
        f"{counted(len(found), 'partial picture')} came of at most {most}" + (f", numbered {numbers}" if found else "")
    )


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,), level="should")
def partials_differ_from_the_final_picture(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """No partial picture is a copy of another or of the final one."""
    exchange = evidence.last
    partial = [picture for _, picture in exchange.partials]
    if copies := _copies(partial, exchange.pictures):
        return copies
    return honoured(f"{len(partial)} partial pictures of at most {asked} all differ from each other and from the final")


def _copies(partial: list[Picture], final: tuple[Picture, ...]) -> Seen | None:
    hashes = [picture.sha256 for picture in partial]
    if len(set(hashes)) < len(hashes):
        return malformed(f"{len(hashes)} partial pictures came, {len(set(hashes))} of them different")
    if same := sum(picture.sha256 in hashes for picture in final):
        return malformed(f"{same} of {len(hashes)} partial pictures is the final picture, byte for byte")
    return None


@probe("images.generate.partial_images", needs=streamed_partials, values=(MOST,), level="info")
def partials_come_at_all(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """Where partial pictures were asked for, at least one comes."""
    exchange = evidence.last
    came = len(exchange.partials) if exchange.is_stream else 0
    if not came:
        return ignored(f"{asked} partial pictures were asked for, none came: the picture may have been too quick")
    return honoured(f"{came} of {asked} partial pictures came")
