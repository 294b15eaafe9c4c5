"""Badges: a fraction with its tier, as SVG and as JSON for a badge service; never green when incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from gateprobe.formats.answer import one_line
from gateprobe.formats.json import inert
from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.answer import answer
from gateprobe.views.matrix import Matrix, read_matrix
from gateprobe.views.tally import Outcome

_COLOURS: Final = {
    Outcome.KEPT: "#17693b",
    Outcome.WANTING: "#7d5000",
    Outcome.UNTESTED: "#565e6c",
    Outcome.INCOMPLETE: "#7d5000",
    Outcome.FAILED: "#7d5000",
    Outcome.FLAKY: "#b3201b",
    Outcome.BROKEN: "#b3201b",
    Outcome.DIED: "#565e6c",
}
_LONG: Final = 400  # characters of the answer
_CHARACTER: Final = 6.6  # pixels that a character takes at 11 px, on average
_WORDS: Final = {
    Outcome.KEPT: "",
    Outcome.WANTING: ", some broken",
    Outcome.UNTESTED: ", not tested",
    Outcome.INCOMPLETE: ", incomplete",
    Outcome.FAILED: ", gateprobe failed",
    Outcome.DIED: ", ended early",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A label, a message with its denominator, a colour that agrees with it, and the run's answer in one line."""

    label: str
    message: str
    colour: str
    answer: str


def render_badge(run: Run) -> str:
    """Draw a run's badge as SVG."""
    return svg(badge_of(read_matrix(run)))


def render_shields(run: Run) -> str:
    """Draw a run's badge as JSON in the form that shields.io reads from an endpoint."""
    badge = badge_of(read_matrix(run))
    plain = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.colour}
    return inert(orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE).decode())


def badge_of(matrix: Matrix) -> Badge:
    """Return a run's badge: how many documented capabilities are kept, of how many, in which tier and profile.

    A badge of a relay run is marked, since a relay makes other promises.
    """
    facts = answer(matrix)
    kept = sum(counts.kept for counts in facts.gateways)
    documented = sum(counts.documented for counts in facts.gateways)
    failing = {
        "broken": sum(len(counts.broken_must) for counts in facts.gateways),
        "flaky": sum(len(counts.flaky_must) for counts in facts.gateways),
        "lacking": sum(len(counts.lacking) for counts in facts.gateways),
    }
    words = "".join(f", {number} {word}" for word, number in failing.items() if number)
    fails = facts.outcome in (Outcome.BROKEN, Outcome.FLAKY)
    rest = (words or ", baseline out of date") if fails else _WORDS[facts.outcome]
    tier = f"embedded {matrix.run.header.tier}" if matrix.run.header.embedded else matrix.run.header.tier
    tier = f"relay {tier}" if matrix.run.header.options.relay else tier
    dated = f" {profile}" if (profile := matrix.run.header.options.profile) else ""
    return Badge(
        f"gateprobe {tier}{dated}", f"{kept}/{documented} kept{rest}", _COLOURS[facts.outcome], one_line(facts)
    )


def svg(badge: Badge) -> str:
    """Draw a badge as a picture that needs no other file."""
    label, message = printable(badge.label, 60), printable(badge.message, 60)
    left, right = (round(len(text) * _CHARACTER) + 14 for text in (label, message))
    whole = str(left + right)
    title = f"{label}: {message}"
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", width=whole, height="20", role="img")
    root.set("aria-label", title)
    SubElement(root, "title").text = title
    SubElement(root, "desc").text = printable(badge.answer, _LONG)
    SubElement(root, "rect", width=str(left), height="20", fill="#3a404c")
    SubElement(root, "rect", x=str(left), width=str(right), height="20", fill=badge.colour)
    group = SubElement(root, "g", fill="#fff")
    group.set("font-family", "Verdana,DejaVu Sans,sans-serif")
    group.set("font-size", "11")
    group.set("text-anchor", "middle")
    for text, middle in ((label, left / 2), (message, left + right / 2)):
        SubElement(group, "text", x=f"{middle:g}", y="14").text = text
    return tostring(root, encoding="unicode") + "\n"
