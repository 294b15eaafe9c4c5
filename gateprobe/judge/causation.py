"""Causation: a form of request that never brings anything is one fault, named once, by the capability it breaks.

A gateway whose pictures do not decode would otherwise be contradicted by the size, the format, the quality and all else
that is asked of a picture. Those questions could not be answered: they are `unobserved` for want of a prerequisite, and
`caused_by` names the capability that reports on the form of request. Nothing is excused that some picture of the same
form could have shown, and nothing where that capability is not promised, or was not judged by its own evidence.

What may follow from what stands in the catalogue: `reports` and `follows` of each capability.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway, fault_kinds
from gateprobe.gateway.catalogue import Follows, RequestForm, catalogue
from gateprobe.judge.preconditions import redirected
from gateprobe.judge.refusals import crashed
from gateprobe.model import Cause, Finding, Level, Observed, Seen, Stance, Unobserved, hidden
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.request import Transport

_LEFT: Final = {
    Follows.ALWAYS: frozenset({Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED}),
    Follows.ANSWER: frozenset({Observed.IGNORED, Observed.MALFORMED}),
    Follows.REFUSAL: frozenset({Observed.REFUSED}),
    Follows.NEVER: frozenset[Observed](),
}
"""The observations that are left to the capability that reports on a form of request, by what the catalogue states."""


_LINK_BROKEN: Final = "image.link_broken"
_LIST_WRONG: Final = "models.list_wrong"


@cache
def reporters() -> Mapping[RequestForm, str]:
    """Return the capability that reports on each form of request."""
    return {known.reports: known.id for known in catalogue(relay=True).by_id.values() if known.reports is not None}


def form_of(exchange: Exchange) -> RequestForm | None:
    """Return the form of a request; None for one that no capability reports on."""
    request = exchange.request
    if request.method != "POST" or request.transport is not Transport.HTTP:
        return None
    form = RequestForm(request.endpoint, request.images > 0, request.streams)
    return form if form in reporters() else None


def brings(exchange: Exchange) -> bool | None:
    """Return whether a request brought what it asked for; None where an outage or an error on the way hid it."""
    try:
        if crashed(exchange) or redirected(exchange) or exchange.is_refusal:
            return False
        if exchange.ok and exchange.request.streams and not exchange.is_stream:
            return False
        is_answer = exchange.ok and exchange.error is None
    except (MalformedAnswerError, RecursionError):
        return False
    return exchange.brings if is_answer else None


def barren(captured: Mapping[str, Evidence]) -> frozenset[RequestForm]:
    """Return the forms of request of which some brought nothing, and none brought anything."""
    outcomes: dict[RequestForm, list[bool]] = {}
    for evidence in captured.values():
        for exchange in evidence.exchanges:
            form, brought = form_of(exchange), brings(exchange)
            if form is not None and brought is not None:
                outcomes.setdefault(form, []).append(brought)
    return frozenset(form for form, brought in outcomes.items() if not any(brought))


def follows_from_forms(capability: str, refused: Iterable[Exchange], fruitless: Collection[RequestForm]) -> bool:
    """Return whether a capability leaves refusals of some exchanges to what reports on their forms."""
    known = catalogue(relay=True)[capability]
    if known.reports is not None or Observed.REFUSED not in _LEFT[known.follows]:
        return False
    return all(form_of(exchange) in fruitless for exchange in refused)


def consequence(
    item: Item,
    finding: Finding,
    exchanges: Sequence[Exchange],
    captured: Mapping[str, Evidence],
    promises: Gateway,
) -> Finding:
    """Return a finding, or, where it follows from another capability's fault, the finding that says so.

    `exchanges` are those that were examined, `promises` has the claims to compare with. If the other capability is not
    promised, its consequence (`fallback`) is reported.
    """
    if isinstance(finding, Unobserved) and finding.fallback is not None:
        promised = promises.claim(finding.caused_by).stance is Stance.OFFERED
        return finding if promised else finding.fallback
    known = catalogue(relay=True).by_id.get(item.probe.capability)
    if known is not None and known.reports is not None:
        return finding
    if isinstance(finding, Unobserved):
        return _unobserved(item, finding, exchanges, captured)
    if known is None or finding.observed not in _LEFT[known.follows]:
        return finding
    if _leads_nowhere(item, finding):
        return _behind(_owner(_LINK_BROKEN), finding)
    reporter = _reporter(item, _fruitless(_deciding(finding, exchanges)) & barren(captured), captured)
    return _behind(reporter, finding) if reporter else finding


def _deciding(finding: Finding, exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
    """Return the exchange that decided a finding, which alone may excuse it; all where it names none of them."""
    return [exchange for exchange in exchanges if exchange.place == finding.place] or exchanges


def _unobserved(
    item: Item, finding: Unobserved, exchanges: Sequence[Exchange], captured: Mapping[str, Evidence]
) -> Unobserved:
    """Name the promise that explains why an earlier answer is missing, where the finding names none that was made."""
    if finding.cause is not Cause.PREREQUISITE or finding.optional:
        return finding
    if item.gateway.claim(finding.caused_by).stance is Stance.OFFERED:
        return finding
    if exchanges and exchanges[-1].request.path.endswith("/models"):
        return Unobserved(finding.cause, finding.message, _owner(_LIST_WRONG), finding.place)
    reporter = _reporter(item, _fruitless(exchanges), captured)
    return _behind(reporter, finding) if reporter else finding


def _fruitless(exchanges: Sequence[Exchange]) -> frozenset[RequestForm]:
    """Return the forms of the exchanges that brought nothing."""
    forms = (form_of(exchange) for exchange in exchanges if brings(exchange) is False)
    return frozenset(form for form in forms if form is not None)


def _reporter(item: Item, forms: Collection[RequestForm], captured: Mapping[str, Evidence]) -> str:
    """Return the capability that reports on a form that brought nothing, if it is promised and was judged."""
    names = sorted(reporters()[form] for form in forms)
    promised = (name for name in names if item.gateway.claim(name).stance is Stance.OFFERED)
    return next((name for name in promised if _is_judged(name, item.gateway, captured)), "")


def _behind(capability: str, finding: Finding) -> Unobserved:
    unseen = hidden(
        capability, "not judged, because {unmet} failed: {finding}", unmet=capability, finding=finding.message
    )
    return unseen.at(finding.place)


def _leads_nowhere(item: Item, finding: Seen) -> bool:
    """Return whether what is missing is the picture behind a link, and another capability reports on links."""
    links = _owner(_LINK_BROKEN)
    promised = item.gateway.claim(links).stance is Stance.OFFERED and item.probe.capability != links
    return promised and finding.fault_kind == _LINK_BROKEN


def _owner(fault_kind: str) -> str:
    return fault_kinds()[fault_kind].owner


def _is_judged(capability: str, gateway: Gateway, captured: Mapping[str, Evidence]) -> bool:
    """Return whether what a capability is judged by was captured, and brought nothing."""
    return any(
        brings(exchange) is False
        for probe in PROBES.values()
        if probe.capability == capability and probe.level is Level.MUST
        for value in probe.values_for(gateway)
        for scenario_run in probe.scenario_runs(gateway, value)
        if scenario_run.id in captured
        for exchange in captured[scenario_run.id].exchanges
    )
