"""Badges: a fraction with its tier, as SVG and as JSON for a badge service; never green when incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from gateprobe.formats.json import inert
from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.matrix import Matrix, read_matrix
from gateprobe.views.tally import answer, tally

_COLOURS: Final = {
    "kept": "#17693b",
    "wanting": "#7d5000",
    "incomplete": "#7d5000",
    "broken": "#b3201b",
    "died": "#565e6c",
}
_CHARACTER: Final = 6.6  # pixels that a character takes at 11 px, on average
_WORDS: Final = {"kept": "", "wanting": ", some contradicted", "incomplete": ", incomplete", "died": ", died"}


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says: a label, a message with its denominator, and a colour that agrees with it."""

    label: str
    message: str
    colour: str


def render_badge(run: Run) -> str:
    """Draw a run's badge as SVG."""
    return svg(badge_of(read_matrix(run)))


def render_shields(run: Run) -> str:
    """Draw a run's badge as JSON in the form that shields.io reads from an endpoint."""
    badge = badge_of(read_matrix(run))
    plain = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.colour}
    return inert(orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE).decode())


def badge_of(matrix: Matrix) -> Badge:
    """Say what a badge says: how many documented capabilities are confirmed, of how many, in which tier and profile."""
    tallies = tuple(tally(matrix, gateway.name) for gateway in matrix.gateways)
    outcome = answer(matrix, tallies).outcome
    broken = sum(len(one.broken_must) for one in tallies)
    kept, documented = sum(one.kept for one in tallies), sum(one.documented for one in tallies)
    lacking = sum(len(one.lacking) for one in tallies)
    said = [f", {number} {word}" for number, word in ((broken, "broken"), (lacking, "lacking")) if number]
    rest = ("".join(said) or ", baseline out of date") if outcome == "broken" else _WORDS[outcome]
    tier = f"embedded {matrix.run.header.tier}" if matrix.run.header.embedded else matrix.run.header.tier
    dated = f" {profile}" if (profile := matrix.run.header.options.get("profile")) else ""
    return Badge(f"gateprobe {tier}{dated}", f"{kept}/{documented} confirmed{rest}", _COLOURS[outcome])


def svg(badge: Badge) -> str:
    """Draw a badge as a picture that needs no other file."""
    label, message = printable(badge.label, 60), printable(badge.message, 60)
    left, right = (round(len(text) * _CHARACTER) + 14 for text in (label, message))
    whole = str(left + right)
    said = f"{label}: {message}"
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", width=whole, height="20", role="img")
    root.set("aria-label", said)
    SubElement(root, "title").text = said
    SubElement(root, "rect", width=str(left), height="20", fill="#3a404c")
    SubElement(root, "rect", x=str(left), width=str(right), height="20", fill=badge.colour)
    group = SubElement(root, "g", fill="#fff")
    group.set("font-family", "Verdana,DejaVu Sans,sans-serif")
    group.set("font-size", "11")
    group.set("text-anchor", "middle")
    for text, middle in ((label, left / 2), (message, left + right / 2)):
        SubElement(group, "text", x=f"{middle:g}", y="14").text = text
    return tostring(root, encoding="unicode") + "\n"
