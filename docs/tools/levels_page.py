"""docs/levels.md: the level of each probe, and the reason for it.

python -m docs.tools.levels_page writes the page. Each probe has one reason: the first below of its level whose pattern
fits `capability/probe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from gateprobe.library import probes
from gateprobe.model import Level
from gateprobe.probe import Probe

PAGE: Final = Path(__file__).resolve().parents[1] / "levels.md"

_HEAD: Final = """# Levels, and the reason for each

Made by `python -m docs.tools.levels_page`; do not edit.

- **must**: a contradiction breaks a client, or lies about a result: another picture, another model, a picture or an
  event that is lost, a refusal that is not one.
- **should**: clients notice and go on: a detail is missing, misreported or late.
- **info**: worth knowing. Every specification leaves it open, or OpenAI itself does so.

A capability has the level of its highest probe. A bare URL takes OpenAI's claims over, except those marked *vendor
only*: only a vendor's own document promises them.
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some probes have their level; `patterns` fit `capability/probe`."""

    level: Level
    why: str
    patterns: tuple[str, ...]

    def fits(self, probe: Probe) -> bool:
        """Return whether a probe has its level for this reason."""
        name = f"{probe.capability}/{probe.id}"
        return probe.level is self.level and any(fnmatchcase(name, pattern) for pattern in self.patterns)


_MUST, _SHOULD, _INFO = Level.MUST, Level.SHOULD, Level.INFO

REASONS: Final = (
    Reason(
        _MUST,
        "Of a relay: the upstream receives or bills another request, or the client receives another answer.",
        ("relay.*",),
    ),
    Reason(
        _SHOULD,
        "Of a relay: a label changes neither the picture nor its price, and the answer repeats at most what the client "
        "knows; without it, the vendor cannot assign abuse or cached prompts to one user.",
        ("relay.labels/*",),
    ),
    Reason(
        _SHOULD,
        "Of a relay: fields other than the picture change, or clients pay or wait for more than they requested.",
        ("relay.*",),
    ),
    Reason(_INFO, "Of a relay: useful for its operator.", ("relay.*",)),
    Reason(_MUST, "Whoever sends any key, or none, is served: no other result means anything.", ("auth.*",)),
    Reason(
        _MUST,
        "Another answer, another model or another key's picture is passed off as the one that was asked for.",
        (
            *("models.unknown_refused/*", "models.echoed/*", "responses.text.kept_apart/*", "responses.text.unicode/*"),
            *("*/parallel_answers_are_not_mixed_up", "responses.previous_response_id_bogus_refused/*"),
        ),
    ),
    Reason(
        _MUST,
        "A tool that nobody sent is called and billed.",
        ("responses.image.tool_echoed/*", "responses.image.tool_choice*/*"),
    ),
    Reason(
        _MUST,
        "An option that changes the picture is accepted and not obeyed, or the answer misstates what was done.",
        (
            *("*.n/*", "*.size*/*", "*.quality/*", "*.output_format/*", "*.output_compression/*"),
            *("*.background_transparent_refused/*", "images.edit.mask/*", "responses.image.action_*/*"),
        ),
    ),
    Reason(
        _MUST,
        "A count that is no whole number makes typed clients refuse the whole answer.",
        ("images.generate.usage/*",),
    ),
    Reason(
        _MUST,
        "Pictures are lost: fewer come than were requested and drawn.",
        ("responses.image.many_by_prompt/*",),
    ),
    Reason(
        _MUST,
        "Previews are miscounted, misnumbered or copies of the final picture: a client shows progress that is none.",
        ("*.partial_images/*",),
    ),
    Reason(_MUST, "The picture comes in another form than a client reads.", ("*format*/*", "*.url*/*")),
    Reason(
        _MUST,
        "A client cannot read the stream, or reads another answer from it than was sent.",
        ("stream.*",),
    ),
    Reason(_MUST, "A client takes a failure for a success, or repeats its own mistake.", ("errors.*",)),
    Reason(
        _MUST,
        "What the surface is for does not work: no answer, no picture, or one that ignores what was sent with it.",
        ("models.*", "responses.*", "images.*"),
    ),
    Reason(_MUST, "A picture that was ordered as a task is lost, paid twice, or shown to others.", ("task.*",)),
    Reason(_SHOULD, "Few clients draw by chat, and each reads the picture from another field.", ("chat.*",)),
    Reason(_SHOULD, "Clients that poll tasks wait too long, poll too often, or must guess.", ("task.*",)),
    Reason(_SHOULD, "Clients handle a refusal by its status, its code and its words.", ("errors.*", "auth.*")),
    Reason(
        _SHOULD,
        "A mistake is accepted and something is drawn for it; the picture itself is what its answer says.",
        ("*_refused/*", "responses.image.partials_unasked/*"),
    ),
    Reason(
        _SHOULD,
        "What an answer reports beside its picture is missing or wrong: accounts, logs and retries suffer.",
        (
            *("usage.*", "*.usage/*", "*reported_size*", "*/each_reported_size_is_right", "*/time_of_drawing_is_given"),
            *("responses.image.size/*", "responses.image.tool_*/*", "responses.image.revised_prompt/*", "provenance.*"),
            *("responses.image.non_stream/*", "responses.text/*", "responses.id_unique/*"),
        ),
    ),
    Reason(
        _SHOULD,
        "Lists of models are shown to people; requests work without.",
        ("models.*",),
    ),
    Reason(
        _SHOULD,
        "Streams work with the official clients; stricter ones, proxies and people who wait suffer.",
        ("stream.*",),
    ),
    Reason(_SHOULD, "Requests work, and large, compressed or repeated ones may not.", ("transport.*",)),
    Reason(_SHOULD, "A client's own error: its maker can mend it as well.", ("clients.*",)),
    Reason(
        _SHOULD,
        "An option or a way of asking that few clients use, with another way to the same picture.",
        ("responses.*", "images.*"),
    ),
    Reason(_INFO, "Every specification leaves it open, or OpenAI itself does so.", ("stream.*", "responses.image.*")),
    Reason(
        _INFO,
        "Nobody outside can see it, or only a bill shows it.",
        ("models.same_name*/*", "images.async_task/*", "images.generate.*bill*/*"),
    ),
    Reason(_INFO, "It matters to some uses only: browsers, caches, prices, provenance, rare requests.", ("*",)),
)
"""The reasons, in the order of the page: within a level, the first that fits a probe is its reason."""


def reason_of(probe: Probe) -> Reason:
    """Return why a probe has its level.

    Raises:
        LookupError: no reason fits.
    """
    for reason in REASONS:
        if reason.fits(probe):
            return reason
    raise LookupError(f"{probe.id} ({probe.capability}) has the level {probe.level}, and no reason for it")


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    for level in Level:
        yield f"## {level}\n"
        yield "| reason | capability | requirement |"
        yield "| --- | --- | --- |"
        for reason in REASONS:
            of_reason = [probe for probe in probes(relay=True) if reason_of(probe) is reason and reason.level is level]
            for place, probe in enumerate(of_reason):
                why = reason.why if place == 0 else ""
                mark = " *(vendor only)*" if probe.vendor_only else ""
                yield f"| {why} | `{probe.capability}` | {probe.statement.replace('|', chr(92) + '|')}{mark} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
