"""The words of the model in reports: a glyph and a word for each, never a colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateprobe.language import current, translated
from gateprobe.message import plural, sentence
from gateprobe.model import Blame, Cause, Observed, Stance
from gateprobe.text import spaced
from gateprobe.views.states import State

GLYPH: Final[Mapping[State, str]] = {
    State.CONFIRMED: "✓",
    State.CONTRADICTED: "✗",
    State.FLAKY: "≈",
    State.UNDECLARED: "◇",
    State.ABSENT: "○",
    State.UNPROVEN: "?",
    State.NOT_RUN: "–",
}
"""One sign for each state, told apart by shape."""

STATE: Final[Mapping[State, str]] = {
    State.CONFIRMED: "kept",
    State.CONTRADICTED: "broken",
    State.FLAKY: "flaky",
    State.UNDECLARED: "works, not promised",
    State.ABSENT: "not offered",
    State.UNPROVEN: "not observed",
    State.NOT_RUN: "not tested",
}
"""What people read for each state. Data (JSON, CSV, JUnit, records) keep the state's own word."""

FAULTY: Final = "faulty, not promised"
"""What people read for what is answered, malformed, and not promised."""

COUNTED: Final[Mapping[State, str]] = {**STATE, State.UNDECLARED: "answered though not promised"}
"""The same after a number: what is answered and not promised is counted together, malformed or not."""

MEANING: Final[Mapping[State, str]] = {
    State.CONFIRMED: "The gateway does what its documentation says.",
    State.CONTRADICTED: "The documentation offers it, and it does not work.",
    State.FLAKY: "The same request works in some attempts and fails in others.",
    State.UNDECLARED: "The documentation does not offer it, and the gateway answers it, well or malformed.",
    State.ABSENT: "The documentation does not mention it, and it does not work.",
    State.UNPROVEN: "It could not be tested, or its answer is missing.",
    State.NOT_RUN: "It was not tested. It counts in every denominator, and never as a pass.",
}
"""What each state means, in one sentence."""

CLAIM: Final[Mapping[Stance, str]] = {Stance.OFFERED: "+", Stance.DECLINED: "−", Stance.SILENT: "·"}
"""The sign of a claim, as in the catalogue."""

CLAIM_MEANING: Final[Mapping[Stance, str]] = {
    Stance.OFFERED: "documented as offered",
    Stance.DECLINED: "documented as not offered, ignored or refused",
    Stance.SILENT: "not mentioned in the documentation",
}
"""What each stance means."""

ADOPTED_MEANING: Final[Mapping[Stance, str]] = {
    Stance.OFFERED: "offered as OpenAI does, since the address was given without documents",
    Stance.DECLINED: "not offered, as OpenAI does not, since the address was given without documents",
    Stance.SILENT: "not mentioned by OpenAI",
}
"""The meaning of each stance for a bare URL, whose claims are OpenAI's."""

EXPECTED: Final[Mapping[Stance, str]] = {
    Stance.DECLINED: "It is refused or does not work, as documented.",
    Stance.SILENT: "Nothing: the documentation does not mention it.",
}
"""What a claim lets one expect that offers nothing; what is offered says itself what to expect."""

OBSERVED_MEANING: Final[Mapping[Observed, str]] = {
    Observed.HONOURED: "done as asked",
    Observed.REFUSED: "refused with an error",
    Observed.IGNORED: "accepted, but not done",
    Observed.MALFORMED: "answered outside the protocol",
    Observed.UNOBSERVED: "not observed",
}
"""What each observation means."""

CAUSE_MEANING: Final[Mapping[Cause, str]] = {
    Cause.AUTH: "the key was not accepted",
    Cause.QUOTA: "the account has no credit left",
    Cause.THROTTLED: "the gateway asked to slow down",
    Cause.TIMEOUT: "no answer within the time limit; it may still be supported",
    Cause.NETWORK: "the connection failed; this does not count against the vendor",
    Cause.UPSTREAM: "the provider of the gateway failed",
    Cause.POLICY: "a moderation rule stopped the request",
    Cause.BUDGET: "the budget of this run was spent",
    Cause.PREREQUISITE: "an earlier answer is missing",
    Cause.UNOBSERVABLE: "it cannot be observed from outside",
    Cause.HARNESS: "gateprobe itself failed",
}
"""What each cause of `unobserved` means, and whose fault it is."""

LANGUAGE: Final[Mapping[str, str]] = {"zh": "Chinese", "ja": "Japanese", "ko": "Korean"}
"""The languages of documents by their tag's first part, as a reader calls them."""

BLAME_MEANING: Final[Mapping[Blame, str]] = {
    Blame.GATEWAY: "the gateway",
    Blame.UPSTREAM: "the provider behind the gateway",
    Blame.POLICY: "a moderation rule",
    Blame.NETWORK: "the network in between",
    Blame.OURS: "gateprobe",
    Blame.UNDETERMINED: "unknown: the evidence does not show it",
}
"""Whose doing a finding most likely is, in words."""

COMPATIBLE: Final[Mapping[bool | None, tuple[str, str]]] = {
    True: ("=", "as OpenAI"),
    False: ("≠", "unlike OpenAI"),
    None: ("~", "not compared"),
}
"""The sign and the words of the second verdict."""


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 gateway`, `2 gateways`."""
    return f"{number:,} {translated(singular if number == 1 else plural or singular + 's')}"


def of_state(number: int, state: str) -> str:
    """Write how many are in a state: `3 broken`."""
    return sentence("{number:,} {state}", number=number, state=translated(state))


def joined(words: list[str]) -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    commas = [part for word in words[:-1] for part in (translated(", "), word)][1:]
    parts = [*commas, translated(" and "), words[-1]]
    return spaced(parts) if current() == "zh" else "".join(parts)


def clause(statement: str) -> str:
    """Return a sentence as a part of another: without its full stop, its first letter small unless it is a name's."""
    text = statement.rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def listed(words: Sequence[str]) -> str:
    """Join words with commas."""
    return translated(", ").join(words)


def paragraph(sentences: Iterable[str]) -> str:
    """Join sentences; Chinese ones have no space between them."""
    return ("" if current() == "zh" else " ").join(sentences)


def few(names: list[str]) -> str:
    """Name up to three and count the rest: `a, b, c and 4 others`."""
    others = plural(len(names) - 3, "{number} other", "{number:,} others")
    return joined(names if len(names) < 4 else [*names[:3], str(others)])


def language(tag: str) -> str:
    """Name a document's language by its IETF tag; an unknown one is named by its tag."""
    return translated(LANGUAGE.get(tag.partition("-")[0].lower(), tag))


def milliseconds(ms: float) -> str:
    """Write a duration: `12 ms`, `1.35 s`, `74 s`."""
    return " ".join(_duration(ms))


def span(ends: tuple[float, float]) -> str:
    """Write from when to when, the unit once where both have it: `160–237 ms`, `812 ms–1.35 s`."""
    (first, first_unit), (last, last_unit) = map(_duration, ends)
    return f"{first}–{last} {last_unit}" if first_unit == last_unit else f"{first} {first_unit}–{last} {last_unit}"


def _duration(ms: float) -> tuple[str, str]:
    """Return a duration as a number and its unit."""
    if ms < 1000:
        return f"{ms:.0f}", "ms"
    seconds = ms / 1000
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}" if seconds < 60 else f"{seconds:,.0f}", "s"


def size(length: int) -> str:
    """Write a number of bytes: `512 B`, `1.4 kB`, `2.1 MB`."""
    if length < 1000:
        return f"{length} B"
    return f"{length / 1000:.1f} kB" if length < 1_000_000 else f"{length / 1_000_000:.1f} MB"
