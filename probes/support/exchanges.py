"""What many probes ask of an exchange: the tool that was sent, the picture that came, whether text was answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.image import Picture
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.refusals import refusal
from gateprobe.model import Cause, Claim, Finding, Json, Level, Seen, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import PARTIAL, REFUSAL
from gateprobe.stream import Kind, judge_body, judge_body_bytes
from gateprobe.text import printable

_NO_SUCH_MODEL: Final = ("model_not_found", "deploymentnotfound")  # OpenAI's code, and Azure's (recorded traffic)

EVERYTHING: Final = (REFUSAL, PARTIAL, *Cause)
"""In `sees`, for a probe about one exchange out of several: what stopped another one must not stop this one.

Such a probe takes its exchange through `clear`, `asking` or `step`, which ask the judge's own rules about it.
"""

_QUOTED: Final = 80  # characters of an answer that a sentence quotes
_SNAPSHOT: Final = re.compile(r"-\d{4}-?\d{2}-?\d{2}")
_NOTHING: Final[frozenset[str]] = frozenset()


def quoted(text: str) -> str:
    """Quote a server's words for a sentence: short, printable."""
    shown = printable(text, _QUOTED)  # its escapes are for a reader already, and are not escaped again
    mark = '"' if "'" in shown and '"' not in shown else "'"
    return f"{mark}{shown}{mark}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 stream`, `2 streams`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tool_of(body: Json) -> dict[str, Json]:
    """Give the image tool in a request body or in a Response; empty where there is none."""
    tools = body.get("tools") if isinstance(body, dict) else None
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and tool.get("type") == "image_generation":
            return tool
    return {}


def buys(exchange: Exchange) -> bool:
    """Say whether a request asks for a picture."""
    return exchange.request.images > 0


def clear(exchange: Exchange, claim: Claim) -> Exchange | Finding:
    """Give an exchange that can answer a probe's question, or the finding that says why it cannot."""
    found = obstacle_of(exchange, claim, _NOTHING)
    if found is None and not exchange.ok:
        return refusal(exchange)  # a WebSocket that was not opened
    return found or exchange


def step(evidence: Evidence, note: str, claim: Claim) -> Exchange | Finding:
    """Give the exchange with a note, or what the judge says of it; of the last one where the scenario ended before."""
    found = evidence.noted(note)
    if found is not None:
        return clear(found, claim)
    ended = clear(evidence.last, claim)
    if isinstance(ended, Exchange):
        return unobserved(Cause.PREREQUISITE, f"{evidence.scenario} ended before its step {note!r}")
    return ended


def asking(evidence: Evidence, claim: Claim, option: str, value: Json) -> Exchange | Finding:
    """Give the exchange whose image tool asked for an option, or what the judge says of the last that did."""
    found: Exchange | Finding = unobserved(Cause.PREREQUISITE, f"no picture with {option} {value} was asked for")
    for exchange in evidence.exchanges:
        if tool_of(exchange.request.json).get(option) == value:
            found = clear(exchange, claim)
            if isinstance(found, Exchange):
                return found
    return found


def turned_from(first: Exchange, second: Exchange) -> Finding:
    """Judge that the red shape that the first exchange drew came back blue in the second."""
    before, after = drawn(first), drawn(second)
    if isinstance(before, Seen):
        return before
    return after if isinstance(after, Seen) else turned_blue(before, after)


def drawn(exchange: Exchange) -> Picture | Seen:
    """Give the picture that came, the last of several; a finding where the answer holds none.

    Raises:
        MalformedAnswerError: what came does not decode.
    """
    if exchange.pictures:
        return exchange.pictures[-1]
    if exchange.error is not None:
        return refused(f"no picture came: {exchange.summary}")
    said = f", but text: {quoted(exchange.text)}" if exchange.text else ""
    return ignored(f"HTTP {exchange.status}, {len(exchange.calls)} image_generation_call, and no picture{said}")


def completed(exchange: Exchange) -> Seen | None:
    """Give a finding where the Response does not say that it is completed."""
    status = exchange.response.get("status")
    return None if status == "completed" else malformed(f"the Response's status is {status!r:.40}, not 'completed'")


def answered(exchange: Exchange) -> Finding:
    """Judge a plain text answer: it is completed, and holds a text."""
    if unfinished := completed(exchange):
        return unfinished
    if not exchange.text.strip():
        return ignored(f"HTTP {exchange.status}, completed, but the answer's text is empty")
    return honoured(f"a completed answer came: {quoted(exchange.text)}")


def well_formed(exchange: Exchange, *levels: Level) -> Finding:
    """Judge a Response by its schema, at the levels given: the body, or what a stream's terminal event carries."""
    if exchange.is_stream:
        found = judge_body(Kind.RESPONSE, exchange.response)
    else:
        found = judge_body_bytes(Kind.RESPONSE, exchange.body)
    wrong = [violation for violation in found if violation.level in levels]
    if wrong:
        return malformed(f"{wrong[0].message} [{wrong[0].rule}]; {count(len(wrong), 'violation')}")
    return honoured(f"the Response ({len(exchange.response)} fields) is as its schema says")


def names(answer: Json, asked: str) -> bool:
    """Say whether an answer's model name is the one asked for: itself, a dated snapshot, a path that ends in it."""
    if not isinstance(answer, str):
        return False
    last, wanted = answer.rpartition("/")[2], asked.rpartition("/")[2]
    return last == wanted or (last.startswith(wanted) and _SNAPSHOT.fullmatch(last[len(wanted) :]) is not None)


def all_refused(exchanges: Iterable[Exchange], claim: Claim, named: str = "") -> Finding:
    """Judge requests that must be refused, each with a note that says what it asked.

    A 404 or 405 says that nobody is there to ask, unless it names a parameter, or what was asked for in vain
    (`named`).
    """
    refusals: list[str] = []
    doubts: list[Finding] = []
    for exchange in exchanges:
        found = obstacle_of(exchange, claim, frozenset({REFUSAL}))
        if found is not None:
            doubts.append(found)
        elif exchange.error is None and not exchange.is_refusal:
            return ignored(f"{exchange.request.note} was accepted: {came(exchange)}")
        elif exchange.status in (404, 405) and not _about(exchange, named):
            doubts.append(refused(f"nothing here takes {exchange.request.note}: {exchange.summary}"))
        else:
            refusals.append(f"{exchange.request.note}: {exchange.summary}")
    if doubts or not refusals:
        return doubts[0] if doubts else unobserved(Cause.PREREQUISITE, "nothing was asked")
    return honoured(f"{len(refusals)} of {len(refusals)} refused; {refusals[0]}")


def _about(exchange: Exchange, named: str) -> bool:
    said = exchange.error
    if said is None or said.param is not None:
        return said is not None
    return bool(named) and (named in said.message or str(said.code).lower() in _NO_SUCH_MODEL)


def came(exchange: Exchange) -> str:
    """Say in a few words what came where something else was expected."""
    if exchange.request.method == "GET":
        return f"HTTP {exchange.status} and {len(exchange.body):,} bytes"
    try:
        if exchange.pictures:
            return f"HTTP {exchange.status} and a picture of {exchange.pictures[-1].size}"
        return f"HTTP {exchange.status} and the text {quoted(exchange.text)}"
    except MalformedAnswerError as wrong:
        return f"HTTP {exchange.status}; {wrong}"


def recoloured(before: Picture, after: Picture, old: str, new: str) -> tuple[float, float]:
    """Compare two pictures cell by cell on an 8x8 grid.

    Gives the share of cells of the old colour that took the new one, and the share of all other cells that did
    not take it. Both are high only where `after` is `before` with another colour.

    Raises:
        MalformedAnswerError: `before` shows no shape of the old colour.
    """
    cells = [(x / 8, y / 8, (x + 1) / 8, (y + 1) / 8) for x in range(8) for y in range(8)]
    inside = [cell for cell in cells if before.share(old, cell) > 0.9]
    outside = [cell for cell in cells if before.share(old, cell) < 0.1]
    if not inside or not outside:
        raise MalformedAnswerError(f"the picture to change shows no {old} shape on a background of another colour")
    turned = sum(after.share(new, cell) > 0.5 for cell in inside) / len(inside)
    kept = sum(after.share(new, cell) < 0.5 for cell in outside) / len(outside)
    return turned, kept


def turned_blue(before: Picture, after: Picture) -> Finding:
    """Judge that `after` is the red shape of `before`, blue and in its place."""
    turned, kept = recoloured(before, after, "red", "blue")
    if turned >= 0.6 and kept >= 0.6:
        return honoured(f"{turned:.0%} of the red shape turned blue, {kept:.0%} of the rest did not")
    still = recoloured(before, after, "red", "red")[0]
    return ignored(
        f"asked to make the red shape blue: {turned:.0%} of it is blue and {still:.0%} still red,"
        f" {kept:.0%} of the rest did not turn blue"
    )
