"""The terms of gateprobe, as types: stances, observations, verdicts, claims, findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateprobe.message import Message, Value

Json = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict."""


class Stance(StrEnum):
    """The position of a gateway's documentation on a capability."""

    OFFERED = "offered"
    DECLINED = "declined"
    SILENT = "silent"


class Observed(StrEnum):
    """How the gateway behaved, as a probe observed it."""

    HONOURED = "honoured"
    REFUSED = "refused"
    IGNORED = "ignored"
    MALFORMED = "malformed"
    UNOBSERVED = "unobserved"


class Cause(StrEnum):
    """Why nothing was observed; set by the code that made the request, never guessed by a probe."""

    AUTH = "auth"
    QUOTA = "quota"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    NETWORK = "network"
    UPSTREAM = "upstream"
    POLICY = "policy"
    BUDGET = "budget"
    PREREQUISITE = "prerequisite"
    UNOBSERVABLE = "unobservable"
    HARNESS = "harness"


class Blame(StrEnum):
    """The party that most likely caused a finding, by the evidence."""

    GATEWAY = "gateway"
    UPSTREAM = "upstream"
    POLICY = "policy"
    NETWORK = "network"
    OURS = "ours"
    UNDETERMINED = "undetermined"


class Verdict(StrEnum):
    """The result of stance × observation."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNDECLARED = "undeclared"
    ABSENT = "absent"
    UNPROVEN = "unproven"


class Level(StrEnum):
    """The effect of a contradiction on the run: only a contradicted `must` fails it."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"


class Tier(StrEnum):
    """How deep an audit goes; each tier contains the ones before it."""

    SMOKE = "smoke"
    NIGHTLY = "nightly"
    DEEP = "deep"

    @property
    def rank(self) -> int:
        """0 for smoke, 1 for nightly, 2 for deep."""
        return _TIERS.index(self)

    def includes(self, other: Tier) -> bool:
        """Return whether an audit of this tier runs the probes and scenarios of `other`."""
        return other.rank <= self.rank


_TIERS: Final = tuple(Tier)


class Strictness(StrEnum):
    """How strictly a stream is judged: `COMPATIBLE` rules break clients, `STRICT` adds OpenAI's exact wire."""

    STRICT = "strict"
    COMPATIBLE = "compatible"


_TABLE: Final[Mapping[Stance, tuple[Verdict, Verdict, Verdict, Verdict]]] = {
    # honoured, refused, ignored, malformed
    Stance.OFFERED: (Verdict.CONFIRMED, Verdict.CONTRADICTED, Verdict.CONTRADICTED, Verdict.CONTRADICTED),
    Stance.DECLINED: (Verdict.UNDECLARED, Verdict.CONFIRMED, Verdict.CONFIRMED, Verdict.UNDECLARED),
    Stance.SILENT: (Verdict.UNDECLARED, Verdict.ABSENT, Verdict.ABSENT, Verdict.UNDECLARED),
}
_ORDER: Final = (Observed.HONOURED, Observed.REFUSED, Observed.IGNORED, Observed.MALFORMED)


def verdict_of(stance: Stance, observed: Observed) -> Verdict:
    """Return the verdict of stance × observed."""
    if observed is Observed.UNOBSERVED:
        return Verdict.UNPROVEN
    return _TABLE[stance][_ORDER.index(observed)]


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a claim: the document's key in the gateway file, its date and the quoted sentence.

    `date` is written as in the document (`2026-05-08`, `2026-05`, `2026`). `quote` is literal, in the document's own
    language; `truncated` is set where our copy of the sentence is cut. `paraphrased` is set where the document is not
    prose (a schema, an SDK's types, recorded traffic): `quote` states its content in our words. `english` is our
    translation of a quote in another language, empty for an English one.
    """

    document: str
    title: str
    date: str
    quote: str
    url: str | None = None
    truncated: bool = False
    paraphrased: bool = False
    english: str = ""

    @property
    def quotation(self) -> str:
        """The quote in quotation marks, after its translation, or marked as our words; `[…]` marks a cut."""
        text = self.quote + (" […]" if self.truncated else "")
        if self.english:
            return f'in our English: {self.english} ("{text}")'
        return f"in our words: {text}" if self.paraphrased else f'"{text}"'


_DATED: Final = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of one gateway's documentation about one capability.

    `values` are the documented values that a probe may ask for (sizes, counts, formats); their type belongs to the
    capability. `refusal_status` lists HTTP statuses that the document names as a refusal, so that a documented 500 is a
    refusal and not an outage. `models` are the image models that the claim is about; empty means all. `otherwise`
    is set where the vendor offers the capability in another form than the catalogue's. `contested` lists older claims
    of the same vendor that contradict this one.
    """

    capability: str
    stance: Stance = Stance.SILENT
    values: tuple[Json, ...] = ()
    manner: str = ""
    refusal_status: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    contested: tuple[Claim, ...] = ()
    models: tuple[str, ...] = ()
    otherwise: bool = False

    def holds_for(self, model: str) -> bool:
        """Return whether the claim is about an image model, by its name without a vendor prefix and a snapshot date."""
        return not self.models or _DATED.sub("", model.rpartition("/")[2]) in self.models


@dataclass(frozen=True, slots=True)
class Place:
    """An exchange in a run: the id of the scenario run, and the step in it, counted from 0."""

    scenario_run: str
    step: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The kind of request that a finding is about; fields are empty or None where they do not apply.

    `method` is that of HTTP, or `WebSocket`, `endpoint` the path without the base URL's (`/images/generations`),
    `streaming` whether a stream was asked for, `option` the parameter in question (`size`).
    """

    method: str = ""
    endpoint: str = ""
    streaming: bool | None = None
    option: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding that observed something.

    `fault_kind` says what is wrong (an id of `probes/fault_kinds.toml`), and is empty where nothing is. `option` is the
    request parameter in question, where there is one. `place` is the exchange that decided it; None where all
    exchanges of the evidence decided it.
    """

    observed: Observed
    message: Message
    fault_kind: str = ""
    option: str = ""
    place: Place | None = None

    @property
    def reason(self) -> str:
        """The message as a sentence."""
        return str(self.message)

    def at(self, place: Place | None) -> Seen:
        """Return this finding with the exchange that decided."""
        return replace(self, place=place)


@dataclass(frozen=True, slots=True)
class Unobserved:
    """A finding that nothing was observed.

    `cause` is the reason in one word, `message` in one sentence. `caused_by` is the capability whose fault hid the
    answer; empty where no other capability is at fault. `place` is as in `Seen`. `optional` is set where a run is
    complete without the answer: no exchange concerns the question, and nobody is at fault. `install` is the command
    that installs what our own installation lacks for it; empty where nothing is lacking. `fallback` is the fault that
    is reported if `caused_by` is not promised, because nothing else reports it then.
    """

    cause: Cause
    message: Message
    caused_by: str = ""
    place: Place | None = None
    optional: bool = False
    install: str = ""
    fallback: Seen | None = None
    observed: Observed = field(default=Observed.UNOBSERVED, init=False)

    @property
    def reason(self) -> str:
        """The message as a sentence."""
        return str(self.message)

    def at(self, place: Place | None) -> Unobserved:
        """Return this finding with the exchange that decided."""
        return replace(self, place=place)


Finding = Seen | Unobserved


def honoured(template: str, **values: Value) -> Seen:
    """Return the finding that the gateway did what was asked."""
    return Seen(Observed.HONOURED, Message(template, values))


def refused(fault_kind: str, template: str, *, option: str = "", **values: Value) -> Seen:
    """Return the finding that the gateway refused with an error."""
    return _faulty(Observed.REFUSED, fault_kind, template, option, values)


def ignored(fault_kind: str, template: str, *, option: str = "", **values: Value) -> Seen:
    """Return the finding that the gateway accepted the request and did not do it: the most harmful fault."""
    return _faulty(Observed.IGNORED, fault_kind, template, option, values)


def malformed(fault_kind: str, template: str, *, option: str = "", **values: Value) -> Seen:
    """Return the finding that the protocol does not allow the gateway's answer."""
    return _faulty(Observed.MALFORMED, fault_kind, template, option, values)


def _faulty(observed: Observed, fault_kind: str, template: str, option: str, values: Mapping[str, Value]) -> Seen:
    return Seen(observed, Message(template, {"option": option, **values} if option else values), fault_kind, option)


def unobserved(cause: Cause, template: str, caused_by: str = "", **values: Value) -> Unobserved:
    """Return the finding that the capability could not be tested, or cannot be observed from outside."""
    return Unobserved(cause, Message(template, values), caused_by)


def hidden(capability: str, template: str, **values: Value) -> Unobserved:
    """Return the finding that another capability's fault hid the answer."""
    return Unobserved(Cause.PREREQUISITE, Message(template, values), capability)


def nothing_to_judge(template: str, **values: Value) -> Unobserved:
    """Return the finding that the answers that the probe judges are missing."""
    return Unobserved(Cause.PREREQUISITE, Message(template, values))


def inapplicable(template: str, **values: Value) -> Unobserved:
    """Return the finding that no answer concerns the question; a run is complete without it."""
    return Unobserved(Cause.PREREQUISITE, Message(template, values), optional=True)


def not_installed(command: str, template: str, **values: Value) -> Unobserved:
    """Return the finding that our own installation lacks what the question needs; `command` installs it.

    A run is complete without it, unless it was asked for by name.
    """
    return Unobserved(Cause.HARNESS, Message(template, values), optional=True, install=command)


EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
"""An empty, immutable mapping, for defaults."""
