"""Fourteen nights of five gateways: what happens on each, and what a person on call would have written of it.

The sentences and the exit codes were written by hand, before the nights were first run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

HONEST: Final = ("openai", "xai-router", "vibeapi", "ofox")
WITH_OVERSOLD: Final = (*HONEST, "oversold")


class Out(Enum):
    """How a gateway is out: nobody listens at its port, all it says is 503, or it takes a request and says nothing."""

    REFUSED = "refused"
    UNAVAILABLE = "503"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Scripted:
    """One night: what is not as it should be, and what should be said of it.

    `codes` are the exit codes by policy (worse, contradicted, incomplete), None where the night is killed before its
    end; `wakes` are the capabilities, with their gateways, of which one at least is an alarm and beside which none is.
    `edited` gives the night another file of ofox, `newer` a newer gateprobe.
    """

    happens: str
    written: str
    codes: tuple[int, int, int] | None
    fail_on: str = "worse"
    asked: tuple[str, ...] = HONEST
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out: Mapping[str, Out] = field(default_factory=dict)
    edited: bool = False
    newer: bool = False
    wakes: frozenset[str] = frozenset()


_ONE_PICTURE: Final = {"openai": ("param.n_ignored",)}
_NO_END: Final = {"xai-router": ("end.no_terminal",)}

NIGHTS: Final = (
    Scripted(
        "the first night, of four gateways",
        "The first night: no must is contradicted on four gateways.",
        (0, 0, 0),
        "incomplete",
    ),
    Scripted("nothing", "No gateway changed; all is well.", (0, 0, 0), "incomplete"),
    Scripted(
        "openai draws one picture, however many are asked for",
        "openai got worse: asked for 2 pictures, received 1.",
        (1, 1, 1),
        faults=_ONE_PICTURE,
        wakes=frozenset({"images.generate.n@openai", "images.generate.n_invalid_refused@openai"}),
    ),
    Scripted(
        "the same",
        "No gateway changed: openai still draws one picture. The last good night was night 2.",
        (0, 1, 1),
        faults=_ONE_PICTURE,
    ),
    Scripted("openai is mended", "openai draws as many pictures as requested again.", (0, 0, 0), "contradicted"),
    Scripted(
        "vibeapi refuses connections",
        "vibeapi was not reachable all night (network), which is not a verdict; the others are as they were.",
        (0, 0, 10),
        "incomplete",
        out={"vibeapi": Out.REFUSED},
    ),
    Scripted(
        "vibeapi answers everything with 503",
        "vibeapi is still out, the second night, now with 503.",
        (0, 0, 10),
        out={"vibeapi": Out.UNAVAILABLE},
    ),
    Scripted("vibeapi is back", "vibeapi is back, all as it was before.", (0, 0, 0)),
    Scripted(
        "oversold joins, and streams of xai-router stop before their end",
        "xai-router got worse: its streams stop without the terminal event. oversold was tested for the first time, and"
        " breaks promises; that is no alarm.",
        (1, 1, 1),
        asked=WITH_OVERSOLD,
        faults=_NO_END,
        wakes=frozenset(
            f"{name}@xai-router"
            for name in (
                "stream.terminal",
                "stream.framing",
                "responses.text.stream",
                "responses.image.stream",
                "images.generate.stream",
            )
        ),
    ),
    Scripted("xai-router is mended", "xai-router ends its streams again.", (0, 1, 1), asked=WITH_OVERSOLD),
    Scripted(
        "xai-router again, and the file of ofox promises more than the gateway does",
        "xai-router flaps: the third turn in three nights, which is no alarm. The file of ofox was"
        " edited and promises what it never did; the gateway did not change.",
        (0, 1, 1),
        "contradicted",
        asked=WITH_OVERSOLD,
        faults=_NO_END,
        edited=True,
    ),
    Scripted(
        "the night is killed while xai-router is silent",
        "(nothing: it died, the page says so, and the next night is compared with the one before)",
        None,
        asked=WITH_OVERSOLD,
        out={"xai-router": Out.SILENT},
        edited=True,
    ),
    Scripted(
        "a newer gateprobe asks more and is stricter; vibeapi draws every picture in one size",
        "vibeapi got worse: it draws every picture in the same size. xai-router flaps, kept tonight. Caused by"
        " a change of the probes: lists of models are judged differently on the same evidence, and one probe is new.",
        (1, 1, 1),
        asked=WITH_OVERSOLD,
        faults={"vibeapi": ("param.size_ignored",)},
        edited=True,
        newer=True,
        wakes=frozenset(
            f"{name}@vibeapi"
            for name in (
                "images.generate.size",
                "images.generate.size_invalid_refused",
                "responses.image.size",
                "responses.image.size_invalid_refused",
                "responses.image.tool_echoed",
                "errors.param_named",
            )
        ),
    ),
    Scripted(
        "vibeapi is mended, and oversold is asked no more",
        "vibeapi draws in the sizes that were asked for again. oversold was no longer tested.",
        (0, 1, 1),
        edited=True,
        newer=True,
    ),
)
