"""Consequences: a form of request that never brings anything is one fault, told once, by the capability it breaks.

A gateway whose pictures do not decode would otherwise be told so by the size, the format, the quality and everything
else that is asked of a picture. Those questions could not be answered: they are `unobserved` for want of a
prerequisite, and the sentence names the capability that says what is wrong. Nothing is excused that some picture of
the same form could have shown, and nothing where the capability that names the fault is not promised, or was not
judged by its own evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.judge.refusals import crashed
from gateprobe.message import Message
from gateprobe.model import Cause, Finding, Level, Observed, Stance, Unobserved
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.request import Transport

_ASK: Final = ("responses.", "images.")
_CALLED: Final = ("models.listed_are_callable",)
"""What tells of a model that refuses, and has nothing to add where its picture is broken."""

_LOOK: Final = ("stream.", "models.echoed", "usage.", "provenance.")
"""What looks at whatever came, and finds a refusal in its place."""

_DO_NOT: Final = ("_refused", ".duration", ".instructions_optional", ".input.string", ".input.list")
"""What asks for something to be refused, to know how long it takes, or in a form that other requests do not have."""

_LINKS: Final = "images.generate.url_fetchable"
"""What tells of a link that leads nowhere, where a gateway answers with links."""

_LISTS: Final = "models.list"
"""What tells of a list of models that is none, where the next request needs an entry of it."""

_FAULTY: Final = frozenset({Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED})


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of request it is: the endpoint, whether it buys a picture, whether it asks for a stream."""

    endpoint: str
    picture: bool
    stream: bool


ROOTS: Final = {
    Form("responses", picture=False, stream=False): "responses.text",
    Form("responses", picture=False, stream=True): "responses.text.stream",
    Form("responses", picture=True, stream=False): "responses.image.non_stream",
    Form("responses", picture=True, stream=True): "responses.image.stream",
    Form("generations", picture=True, stream=False): "images.generate",
    Form("generations", picture=True, stream=True): "images.generate.stream",
    Form("edits", picture=True, stream=False): "images.edit",
    Form("edits", picture=True, stream=True): "images.edit.stream",
}
"""The capability that says whether a form of request brings anything at all."""


def form_of(exchange: Exchange) -> Form | None:
    """Give the form of a request; None for one that is about something else."""
    request = exchange.request
    if request.method != "POST" or request.transport is not Transport.HTTP:
        return None
    form = Form(request.path.partition("?")[0].rpartition("/")[2], request.images > 0, request.streams)
    return form if form in ROOTS else None


def brings(exchange: Exchange) -> bool | None:
    """Say whether a request brought what it asked for; None where an outage or an error on the way hid it."""
    try:
        if crashed(exchange) or exchange.is_refusal:
            return False
        if exchange.ok and exchange.request.streams and not exchange.is_stream:
            return False
        said = exchange.error if exchange.ok else None
        return exchange.brings if exchange.ok and said is None else None  # noqa: TRY300 - one of two ways to see it
    except (MalformedAnswerError, RecursionError):
        return False


def barren(captured: Mapping[str, Evidence]) -> frozenset[Form]:
    """Give the forms of request of which some brought nothing, and none brought anything."""
    told: dict[Form, list[bool]] = {}
    for evidence in captured.values():
        for exchange in evidence.exchanges:
            form, brought = form_of(exchange), brings(exchange)
            if form is not None and brought is not None:
                told.setdefault(form, []).append(brought)
    return frozenset(form for form, brought in told.items() if not any(brought))


def consequence(item: Item, own: Finding, exchanges: Sequence[Exchange], captured: Mapping[str, Evidence]) -> Finding:
    """Give a finding again, or say of which other capability's fault it is a consequence.

    `exchanges` are those that were looked at.
    """
    capability = item.probe.capability
    if capability in ROOTS.values():
        return own
    if isinstance(own, Unobserved):
        return _unobserved(item, own, exchanges, captured)
    asks = capability.startswith((*_ASK, *(_LOOK if own.observed is Observed.REFUSED else _CALLED)))
    if own.observed not in _FAULTY or not asks or capability.endswith(_DO_NOT):
        return own
    if _leads_nowhere(item, exchanges):
        return _behind(_LINKS, own)
    root = _root(item, {form_of(one) for one in exchanges if brings(one) is False} & barren(captured), captured)
    return _behind(root, own) if root else own


def _unobserved(
    item: Item, own: Unobserved, exchanges: Sequence[Exchange], captured: Mapping[str, Evidence]
) -> Unobserved:
    """Name the promise that tells why an earlier answer is missing, where the finding names none that was made."""
    if own.cause is not Cause.PREREQUISITE or own.optional:
        return own
    if item.gateway.claim(own.caused_by).stance is Stance.OFFERED:
        return own
    if exchanges and exchanges[-1].request.path.endswith("/models"):
        return Unobserved(own.cause, own.message, _LISTS, own.place)
    root = _root(item, {form_of(one) for one in exchanges if brings(one) is False}, captured)
    return _behind(root, own) if root else own


def _root(item: Item, forms: Collection[Form | None], captured: Mapping[str, Evidence]) -> str:
    """Give the capability that tells that a form of request brought nothing, if it is promised and was judged."""
    roots = (ROOTS[form] for form in forms if form is not None)
    promised = (name for name in sorted(roots) if item.gateway.claim(name).stance is Stance.OFFERED)
    return next((name for name in promised if _is_judged(name, item.gateway, captured)), "")


def _behind(root: str, finding: Finding) -> Unobserved:
    told = Message(
        "cannot be seen while {capability} does not hold: {finding}", {"capability": root, "finding": finding.message}
    )
    return Unobserved(Cause.PREREQUISITE, told, root, finding.place)


def _leads_nowhere(item: Item, exchanges: Sequence[Exchange]) -> bool:
    """Say whether what is missing is the picture behind a link, and the promise of links is told of by itself."""
    fetched = [exchange for exchange in exchanges if "://" in exchange.request.path]
    promised = item.gateway.claim(_LINKS).stance is Stance.OFFERED and item.probe.capability != _LINKS
    return promised and bool(fetched) and all(exchange.is_refusal for exchange in fetched)


def _is_judged(capability: str, gateway: Gateway, captured: Mapping[str, Evidence]) -> bool:
    """Say whether what a capability is judged by was captured, and brought nothing."""
    return any(
        brings(exchange) is False
        for probe in PROBES.values()
        if probe.capability == capability and probe.level is Level.MUST
        for value in probe.values_for(gateway)
        for scenario_run in probe.scenario_runs(gateway, value)
        if scenario_run.id in captured
        for exchange in captured[scenario_run.id].exchanges
    )
