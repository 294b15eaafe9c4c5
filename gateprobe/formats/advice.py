"""The safest way to use a gateway, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateprobe.formats.words import listed
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.views.advice import Advice, Avoid, CautionKind, Requirements, Streaming, Tried, Way

CAUTIONS: Final[Mapping[CautionKind, str]] = {
    CautionKind.UNKEPT: "accepted and not done, though promised",
    CautionKind.UNPROMISED: "accepted and not done, and never promised",
    CautionKind.DOCUMENTED: "not done, as documented",
    CautionKind.BROKEN: "promised, and refused or broken",
}
"""What each kind is, after `Do not rely on what is`."""

STREAMING: Final = {
    Streaming.YES: "yes: this way streams",
    Streaming.YES_THOUGH_BROKEN: "yes: this way streams, although its streams break a rule",
    Streaming.NOT_ALWAYS: "no: not every streamed picture came",
    Streaming.NOT_NEEDED: "not needed: a streamed picture came as well",
    Streaming.UNKNOWN: "not known: no stream was seen to draw",
}


def statement(way: Way) -> str:
    """Return what a way is: `POST /responses with the image tool, streamed`."""
    form = sentence("streamed") if way.streams else sentence("one JSON answer")
    if way.of_responses:
        return sentence("{endpoint} with the image tool, {form}", endpoint=way.endpoint, form=form)
    return sentence("{endpoint}, {form}", endpoint=way.endpoint, form=form)


def reason(tried: Tried) -> str:
    """Return what came of a way."""
    return tried.record.reason if tried.record is not None else sentence("not run")


def share(avoid: Avoid) -> str:
    """Return for how many of several values a field was done; empty for one value."""
    return sentence("done in {number} of {all} tests", number=avoid.done, all=avoid.total) if avoid.total > 1 else ""


def streaming(advice: Advice) -> str:
    """Return whether to stream, and why."""
    if advice.streaming is Streaming.RULES_BROKEN:
        return sentence("no: its streams break {names}, which clients rely on", names=listed(advice.broken_streams))
    if advice.streaming is Streaming.SOME_WAYS:
        working = [tried.way.endpoint for tried in advice.tried if tried.way.streams and tried.works]
        return sentence("only by {endpoints}: not every other streamed picture came", endpoints=listed(working))
    return translated(STREAMING[advice.streaming])


def needs(requirements: Requirements) -> list[str]:
    """Return what a request needs, a clause for each."""
    return list(_needs(requirements))


def _needs(requirements: Requirements) -> Iterator[str]:
    if requirements.instructions:
        yield sentence("send instructions")
    if requirements.list_input:
        yield sentence("send the input as a list of messages")
    if requirements.headers:
        yield sentence("send the headers {names}", names=listed(requirements.headers))
    if requirements.query:
        yield sentence("send the query parameters {names}", names=listed(requirements.query))
