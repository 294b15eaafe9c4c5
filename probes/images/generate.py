"""A picture from a prompt: that it comes, how many, how soon."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateprobe.evidence import Evidence, Exchange, at
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Claim, Finding, Stance, hidden, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import REFUSAL, Selection, probe

from ..scenarios.images import (
    PARALLEL,
    bare_picture,
    cheap_picture,
    most_pictures,
    number_refused,
    parallel_pictures,
    several_pictures,
)
from ..scenarios.responses import red_square_stream
from ..support.images import answer, counted, judged_refusal, links, pictures

_MIDDLE: Final = (0.4, 0.4, 0.6, 0.6)
_OTHER: Final = {"red": "blue", "blue": "red"}

MOST: Final = 10
"""The most pictures of one request (OpenAI API reference)."""


@probe("images.generate", needs=cheap_picture)
def picture_comes(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt, a model, a quality and a size give a picture that decodes."""
    return _drawn(evidence)


@probe("images.generate", needs=bare_picture)
def picture_comes_for_a_bare_prompt(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt and a model alone give a picture that decodes."""
    return _drawn(evidence)


def _drawn(evidence: Evidence) -> Finding:
    body = answer(evidence).json()
    if isinstance(body, dict) and "choices" in body:
        return malformed("a chat completion came where an object with `data` belongs")
    found = pictures(evidence)
    if not found:
        return ignored(f"HTTP {answer(evidence).status}, but `data` holds no picture")
    return honoured(f"a {found[0].format} picture of {found[0].size} came, {len(found[0].data):,} bytes")


@probe("images.generate", needs=cheap_picture, level="should")
def time_of_drawing_is_given(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer's `created` is the time of the request, in whole seconds."""
    created = at(answer(evidence).json(), "created")
    if not isinstance(created, int) or isinstance(created, bool):
        return malformed(f"`created` is {created!r:.40}, not whole seconds")
    asked = datetime.fromisoformat(answer(evidence).last.started_at).timestamp()
    off = abs(created - asked)
    if off > 24 * 3600:
        return malformed(f"`created` is {created}, {off / 3600:,.0f} hours away from the request")
    return honoured(f"`created` is {created}, {off:.0f} s away from the request")


@probe("images.generate.n", needs=several_pictures, values=(2,))
def n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """As many pictures come as `n` asks for."""
    return _counted(evidence, asked)


def _documented_most(gateway: Gateway) -> int:
    claim = gateway.claim("images.generate.n")
    numbers = [value for value in claim.values if isinstance(value, int)]
    return max(numbers, default=MOST)


def _most(gateway: Gateway) -> tuple[int]:
    """Ask for the documented most; for two where the documents do not offer more than one."""
    offered = gateway.claim("images.generate.n").stance is Stance.OFFERED
    return (_documented_most(gateway) if offered else 2,)


@probe("images.generate.n", needs=most_pictures, values=_most)
def most_of_n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """As many pictures come as the documents allow in one request."""
    return _counted(evidence, asked)


@probe("images.generate.n", needs=several_pictures, values=(2,), level="should")
def pictures_of_n_differ(evidence: Evidence, claim: Claim, asked: int) -> Finding:
    """The pictures of one request differ from each other."""
    found = pictures(evidence)
    different = len({one.sha256 for one in found})
    if len(found) < asked:
        told = f"asked for {asked} pictures, {len(found)} came"
        return hidden(claim.capability, told) if claim.stance is Stance.OFFERED else ignored(told)
    if different < len(found):
        return ignored(f"{len(found)} pictures came, {different} of them different")
    return honoured(f"{different} different pictures came")


def _counted(evidence: Evidence, asked: int) -> Finding:
    got = len(pictures(evidence))
    told = f"asked for {counted(asked, 'picture')}, {got} came"
    return honoured(told) if got == asked else ignored(told)


@probe(
    "images.generate.n_invalid_refused",
    needs=number_refused,
    level="should",
    values=lambda gateway: (0, -1, _documented_most(gateway) + 1),
    accepts=(REFUSAL,),
)
def n_out_of_range_is_refused(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A number of pictures out of range is refused."""
    return judged_refusal(answer(evidence), f"n = {asked}")


@probe("images.generate.parallel", needs=parallel_pictures, level="should", accepts=(Cause.THROTTLED,))
def parallel_requests_are_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """Eight requests at once are all answered with a picture, none with 429."""
    throttled = [one for one in evidence.exchanges if any(attempt.status == 429 for attempt in one.attempts)]
    if throttled:
        return refused(f"{len(throttled)} of {PARALLEL} requests at once were answered with 429")
    drawn = sum(bool(one.pictures or links(one)) for one in evidence.exchanges)
    if drawn < PARALLEL:
        return ignored(f"{drawn} of {PARALLEL} requests at once brought a picture")
    slowest = max(one.last.elapsed_ms for one in evidence.exchanges) / 1000
    return honoured(f"{drawn} of {PARALLEL} requests at once brought a picture, the slowest in {slowest:.1f} s")


@probe("images.generate", needs=parallel_pictures)
def parallel_answers_are_not_mixed_up(evidence: Evidence, _claim: Claim) -> Finding:
    """Each of eight requests at once is answered with its own picture, told by its colour."""
    shown = [(one.request.note, one.pictures[0]) for one in evidence.exchanges if one.pictures]
    if not shown:
        return unobserved(Cause.UNOBSERVABLE, "no picture came embedded in an answer, to tell them apart by colour")
    mixed = [colour for colour, one in shown if one.share(colour, _MIDDLE) < one.share(_OTHER[colour], _MIDDLE)]
    if mixed:
        return ignored(f"{len(mixed)} of {len(shown)} answers hold another request's picture")
    return honoured(f"{len(shown)} of {len(shown)} answers hold the picture that they were asked for")


EVERY_ANSWER: Final = Selection("every answer", (), lambda _exchange: True)


@probe("images.generate.failure_not_billed", needs=EVERY_ANSWER, level="info", accepts=(REFUSAL, *Cause))
def failure_costs_nothing(_evidence: Evidence, _claim: Claim) -> Finding:
    """A failed generation costs nothing."""
    return unobserved(Cause.UNOBSERVABLE, "what was billed shows in the account's balance alone")


@probe("images.generate.duration", needs=cheap_picture, level="info")
def picture_comes_in_time(evidence: Evidence, claim: Claim) -> Finding:
    """A picture of low quality takes no longer than the document says."""
    return _judged_time(evidence[0], _longest(claim, "generate"))


def _of_the_tool(gateway: Gateway) -> tuple[str, ...]:
    """Ask only where a document says how long the image tool takes."""
    rows = gateway.claim("images.generate.duration").values
    return tuple({"responses" for row in rows if isinstance(row, dict) and row.get("surface") == "responses"})


@probe("images.generate.duration", needs=red_square_stream, level="info", values=_of_the_tool)
def picture_of_the_tool_comes_in_time(evidence: Evidence, claim: Claim, surface: str) -> Finding:
    """A picture of low quality by the Responses API takes no longer than the document says."""
    return _judged_time(evidence[0], _longest(claim, surface))


def _judged_time(exchange: Exchange, most: float | None) -> Finding:
    seconds = exchange.last.elapsed_ms / 1000
    if most is None:
        return unobserved(Cause.UNOBSERVABLE, f"it took {seconds:.1f} s, and no document says how long it may take")
    if seconds > most:
        return ignored(f"the picture took {seconds:.1f} s, documented are at most {most:g} s")
    return honoured(f"the picture took {seconds:.1f} s, documented are at most {most:g} s")


def _longest(claim: Claim, surface: str) -> float | None:
    """Give the most seconds that are documented for the cheapest picture of a surface, by the most specific row."""
    ours = {"surface": surface, "quality": "low", "size": "1024x1024"}
    fitting = [
        row
        for row in claim.values
        if isinstance(row, dict) and all(row.get(field, value) == value for field, value in ours.items())
    ]
    if not fitting:
        return None
    return float(at(max(fitting, key=len), "seconds", 1))
