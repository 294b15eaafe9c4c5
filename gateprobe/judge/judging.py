"""Judge: evidence and claims in, records out. Pure; what a probe may not see was taken out before it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import (
    POLLED,
    Evidence,
    Exchange,
)
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.attribution import Attribution, attribute
from gateprobe.judge.causation import consequence
from gateprobe.judge.findings import examine, harness_failure, restrict_unobservable
from gateprobe.judge.gathering import gather
from gateprobe.judge.prepared import PreparedEvidence, Turn, prepare
from gateprobe.judge.repeated import held_to
from gateprobe.judge.repeated.refused import left_to_form
from gateprobe.judge.surfaces import judge_absent_surface
from gateprobe.message import message
from gateprobe.model import (
    Blame,
    Claim,
    Finding,
    Place,
    Scope,
    Seen,
    Stance,
    Unobserved,
    Verdict,
    verdict_of,
)
from gateprobe.plan.planning import Item
from gateprobe.probe import Probe
from gateprobe.record.file import ATTRIBUTION_FAILED, Record
from gateprobe.record.repeats import together

_LONGEST: Final = 1000  # characters of one text in a message


def judge(item: Item, reference: Gateway, captured: Mapping[str, Evidence]) -> Record:
    """Judge one item against its own claim and OpenAI's; of evidence in several turns, each by itself."""
    prepared = prepare(captured, item.gateway)
    return together([_judged(item, reference, turn, prepared) for turn in prepared.turns])


def _judged(item: Item, reference: Gateway, turn: Turn, prepared: PreparedEvidence) -> Record:
    probe, gateway, captured = item.probe, item.gateway, turn.captured
    claim = _about(item, gateway.claim(probe.capability))
    reference_claim = _of_value(item, reference.claim(probe.capability))
    evidence, scenario_runs, pointless = _gathered(item, turn)
    evidence = _without_polls(evidence)
    examined = evidence.exchanges or tuple(
        exchange for name in scenario_runs if name in captured for exchange in captured[name].exchanges
    )

    observed: list[tuple[Claim, Finding]] = []

    def examined_as(held: Claim) -> Finding:
        """Call the probe once for claims that differ only in where they are documented: it reads nothing of that."""
        plain = replace(held, sources=(), contested=())
        known = next((finding for other, finding in observed if other == plain), None)
        if known is None:
            known = examine(probe, evidence, held, item.value)
            observed.append((plain, known))
        return known

    def finding_for(held: Claim, promises: Gateway) -> Finding:
        if catalogue(relay=True)[probe.capability].both_sides:
            return examined_as(held)
        if unasked := judge_absent_surface(item, held, None, evidence, captured):
            return unasked
        if pointless:
            return pointless
        finding = examined_as(held)
        if isinstance(finding, Seen) and turn.silence:
            return turn.silence
        finding = held_to(prepared.groups, item, finding, examined)
        finding = left_to_form(prepared.refused, item, finding, examined)
        if absent := judge_absent_surface(item, held, finding, evidence, captured):
            return absent
        return restrict_unobservable(probe, consequence(item, finding, examined, captured, promises))

    finding = finding_for(claim, gateway)
    reference_finding = finding_for(_asked_of_reference(claim, reference_claim), reference)
    verdict = verdict_of(claim.stance, finding.observed)
    reference_verdict = verdict_of(reference_claim.stance, reference_finding.observed)
    place = finding.place or _only_place(evidence)
    if place is not None and place not in {exchange.place for exchange in examined} and place.scenario_run in captured:
        examined, scenario_runs = captured[place.scenario_run].exchanges, (place.scenario_run,)
    attribution = _attributed(finding, verdict, evidence, claim, probe)
    return Record(
        item=item.id,
        gateway=gateway.name,
        capability=probe.capability,
        probe=probe.id,
        stance=claim.stance,
        observed=finding.observed,
        cause=finding.cause if isinstance(finding, Unobserved) else None,
        verdict=verdict,
        compatible=_compatible(reference_claim.stance, reference_verdict),
        reference=reference_verdict,
        level=probe.level,
        message=finding.message.shortened(_LONGEST),
        reference_message=reference_finding.message.shortened(_LONGEST),
        fault_kind=finding.fault_kind if isinstance(finding, Seen) else "",
        reference_fault_kind=reference_finding.fault_kind if isinstance(reference_finding, Seen) else "",
        scope=_scope(item, finding, place, examined),
        place=place,
        evidence=scenario_runs,
        elapsed=round(sum(a.elapsed_ms for x in evidence.exchanges for a in x.attempts) / 1000, 3),
        value=item.value,
        statement=probe.statement,
        blame=attribution.blame if attribution is not None else None,
        signature=attribution.signature if attribution is not None else "",
        caused_by=finding.caused_by if isinstance(finding, Unobserved) else "",
        optional=finding.optional if isinstance(finding, Unobserved) else False,
        install=finding.install if isinstance(finding, Unobserved) else "",
    )


def _without_polls(evidence: Evidence) -> Evidence:
    """Return evidence without the requests that looked for the address of a task: no probe judges them."""
    if not any(exchange.request.note == POLLED for exchange in evidence.exchanges):
        return evidence
    return replace(
        evidence, exchanges=tuple(exchange for exchange in evidence.exchanges if exchange.request.note != POLLED)
    )


def _only_place(evidence: Evidence) -> Place | None:
    """Return the exchange that a finding is about which names none: the only one that there is."""
    return evidence.exchanges[0].place if len(evidence.exchanges) == 1 else None


def _scope(item: Item, finding: Finding, place: Place | None, examined: Iterable[Exchange]) -> Scope:
    """Return what kind of request a finding is about, by the exchange that decided."""
    option = finding.option if isinstance(finding, Seen) else ""
    if isinstance(finding, Seen) and finding.fault_kind and not option:
        known = catalogue(relay=True).by_id.get(item.probe.capability)
        option = known.option if known is not None else ""
    request = next((exchange.request for exchange in examined if exchange.place == place), None)
    if request is None:
        return Scope(option=option)
    return Scope(request.verb, request.path.partition("?")[0], request.streams, option)


def _attributed(
    finding: Finding, verdict: Verdict, evidence: Evidence, claim: Claim, probe: Probe
) -> Attribution | None:
    try:
        return attribute(finding, verdict, evidence, claim, probe.accepts)
    except BrokenRunError:
        raise
    except Exception:  # noqa: BLE001 - as in `examine`: no record may vanish
        return Attribution(Blame.OURS, ATTRIBUTION_FAILED)


def judge_all(
    items: Iterable[Item], reference: Gateway, captured: Mapping[str, Mapping[str, Evidence]]
) -> list[Record]:
    """Judge many items; `captured` is by gateway, then by scenario run."""
    return [judge(item, reference, captured.get(item.gateway.name, {})) for item in items]


def _gathered(item: Item, turn: Turn) -> tuple[Evidence, tuple[str, ...], Finding | None]:
    """Gather evidence, and return the finding that makes judging pointless: no API is there, or gathering failed."""
    try:
        return *gather(item, turn.captured), turn.no_api
    except Exception as error:  # noqa: BLE001 - as in `examine`: no record may vanish
        evidence = Evidence(item.gateway.name, item.id, item.value, ())
        return evidence, (), harness_failure(message("gathering evidence for {item}", item=item.id), error)


def _about(item: Item, claim: Claim) -> Claim:
    """Return a gateway's claim as far as it speaks of what an item asks.

    A bare URL takes over what OpenAI's interface promises. What every specification leaves open, it does not promise.
    """
    if item.gateway.adopted and item.probe.vendor_only:
        return Claim(claim.capability, refusal_status=claim.refusal_status)
    return _of_value(item, claim)


def _of_value(item: Item, claim: Claim) -> Claim:
    """Return a claim as far as it speaks of the value that was asked: a list of values says nothing of others."""
    if item.probe.documented and claim.values and item.value not in claim.values:
        return Claim(claim.capability, refusal_status=claim.refusal_status)
    return claim


def _asked_of_reference(claim: Claim, reference_claim: Claim) -> Claim:
    """Return OpenAI's claim, with the statuses that this vendor documents for refusals: they are refusals here, too."""
    known = reference_claim
    return Claim(known.capability, known.stance, known.values, known.manner, claim.refusal_status, known.sources)


def _compatible(stance: Stance, verdict: Verdict) -> bool | None:
    if stance is Stance.SILENT or verdict is Verdict.UNPROVEN:
        return None
    return verdict is not Verdict.CONTRADICTED
