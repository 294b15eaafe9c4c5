"""Judge: evidence and claims in, records out. Pure; what a probe may not see was taken out before it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from gateprobe.errors import BrokenRunError, WrongProbeError
from gateprobe.evidence import (
    POLLED,
    Evidence,
    Exchange,
    Failure,
    MalformedAnswerError,
    MissingStepError,
    RemainingEvidence,
    UnfinishedStreamError,
    UnseenAnswerError,
    delivered,
)
from gateprobe.gateway import Gateway, fault_kinds
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.attribution import Attribution, attribute
from gateprobe.judge.causation import consequence
from gateprobe.judge.dead_links import with_dead_links
from gateprobe.judge.outage import without_outages
from gateprobe.judge.preconditions import no_api, nothing_answered, nothing_fits, obstacle, obstacle_of
from gateprobe.judge.refusals import refused_as
from gateprobe.judge.repeated import Repeated, held_to, repeated
from gateprobe.judge.repeated.refused import RefusedForm, left_to_form, refused_forms
from gateprobe.judge.surfaces import judge_absent_surface
from gateprobe.library import place_in_probes, place_of
from gateprobe.message import Message, message
from gateprobe.model import (
    Blame,
    Cause,
    Claim,
    Finding,
    Json,
    Observed,
    Place,
    Scope,
    Seen,
    Stance,
    Unobserved,
    Verdict,
    malformed,
    unobserved,
    verdict_of,
)
from gateprobe.plan.planning import Item
from gateprobe.probe import BOTH_SIDES, SURVEY, Probe, Selection
from gateprobe.record.file import ATTRIBUTION_FAILED, Record
from gateprobe.record.repeats import together, views
from gateprobe.text import printable

_NO_TERMINAL: Final = "stream.no_terminal"

_LONGEST: Final = 1000  # characters of one text in a message


def judge(item: Item, reference: Gateway, captured: Mapping[str, Evidence]) -> Record:
    """Judge one item against its own claim and OpenAI's; of evidence in several turns, each by itself."""
    prepared = _prepared(captured, item.gateway)
    return together([_judged(item, reference, turn, prepared) for turn in prepared.turns])


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Evidence of one gateway as its items are judged: the obstacles that repeat, the turns without outages."""

    gateway: Gateway
    captured: Mapping[str, Evidence]
    groups: tuple[Repeated, ...]
    refused: tuple[RefusedForm, ...]
    turns: tuple[Mapping[str, Evidence], ...]

    def is_of(self, captured: Mapping[str, Evidence], gateway: Gateway) -> bool:
        """Return whether this was made of the same evidence of the same gateway."""
        same = self.gateway is gateway and self.captured.keys() == captured.keys()
        return same and all(self.captured[name] is captured[name] for name in captured)


_latest: list[_Prepared] = []
"""What was prepared last: the items of a gateway are judged one after the other, by the same evidence."""


def _prepared(captured: Mapping[str, Evidence], gateway: Gateway) -> _Prepared:
    latest = _latest[0] if _latest else None
    if latest is None or not latest.is_of(captured, gateway):
        apart = {name: evidence for name, evidence in captured.items() if _is_apart(name)}
        judged = {name: delivered(evidence, gateway) for name, evidence in captured.items() if name not in apart}
        groups = repeated(judged, gateway)
        turns = tuple({**without_outages(with_dead_links(view), groups), **apart} for view in views(judged))
        if len(turns) > 1:
            groups = tuple(replace(group, overall=frozenset()) for group in groups)
        latest = _Prepared(gateway, dict(captured), groups, refused_forms(judged, gateway), turns)
        _latest[:] = [latest]
    return latest


def _is_apart(scenario: str) -> bool:
    """Return whether a scenario is not compared with others: the survey, and the scenarios of a relay."""
    return scenario == SURVEY or scenario.startswith(BOTH_SIDES)


def _judged(item: Item, reference: Gateway, captured: Mapping[str, Evidence], prepared: _Prepared) -> Record:
    probe, gateway = item.probe, item.gateway
    claim = _about(item, gateway.claim(probe.capability))
    reference_claim = _of_value(item, reference.claim(probe.capability))
    evidence, scenario_runs, pointless = _gathered(item, captured)
    evidence = _without_polls(evidence)
    examined = evidence.exchanges or tuple(
        exchange for name in scenario_runs if name in captured for exchange in captured[name].exchanges
    )

    def finding_for(held: Claim, promises: Gateway) -> Finding:
        if catalogue(relay=True)[probe.capability].both_sides:
            return _seen(probe, evidence, held, item.value)
        if unasked := judge_absent_surface(item, held, None, evidence, captured):
            return unasked
        if pointless:
            return pointless
        finding = _seen(probe, evidence, held, item.value)
        if isinstance(finding, Seen) and (silence := nothing_answered(captured.values())):
            return silence
        finding = held_to(prepared.groups, item, finding, examined)
        finding = left_to_form(prepared.refused, item, finding, examined)
        if absent := judge_absent_surface(item, held, finding, evidence, captured):
            return absent
        return _lawful(probe, consequence(item, finding, examined, captured, promises))

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
    except Exception:  # noqa: BLE001 - as in _seen: no record may vanish
        return Attribution(Blame.OURS, ATTRIBUTION_FAILED)


def judge_all(
    items: Iterable[Item], reference: Gateway, captured: Mapping[str, Mapping[str, Evidence]]
) -> list[Record]:
    """Judge many items; `captured` is by gateway, then by scenario run."""
    return [judge(item, reference, captured.get(item.gateway.name, {})) for item in items]


def _gathered(item: Item, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...], Finding | None]:
    """Gather evidence, and return the finding that makes judging pointless: no API is there, or gathering failed."""
    try:
        return *gather(item, captured), no_api(captured.values(), item.gateway.base_url)
    except Exception as error:  # noqa: BLE001 - as in _seen: no record may vanish
        evidence = Evidence(item.gateway.name, item.id, item.value, ())
        return evidence, (), _failed(message("gathering evidence for {item}", item=item.id), error)


def gather(item: Item, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return the evidence that an item's probe is about, and the scenario runs that it comes from."""
    needs = item.probe.needs
    if isinstance(needs, Selection):
        return _select(item, needs, captured)
    scenario_run = needs.of(item.value)
    evidence = captured.get(scenario_run.id)
    if evidence is None:
        evidence = Evidence(item.gateway.name, scenario_run.id, scenario_run.value, ())
    elif not evidence.exchanges and evidence.blocked is None:
        evidence = replace(evidence, blocked=_nothing_to_ask(item.gateway))
    return evidence, (scenario_run.id,)


def _nothing_to_ask(gateway: Gateway) -> Failure:
    """Return why a scenario sent nothing: a run is complete without an endpoint that no file names."""
    why = message("the file of {gateway} names no endpoint for this", gateway=gateway.name)
    return Failure(Cause.PREREQUISITE, why, optional=True)


def _select(item: Item, needs: Selection, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return every exchange that fits and holds an answer; where none does, what stopped the least that was needed.

    A probe that accepts every obstacle never sees an exchange that does not fit.
    """
    silent = Claim(item.probe.capability)
    fits: list[tuple[str, Exchange]] = [
        (name, exchange)
        for name in sorted(captured)
        if needs.covers(name)
        for exchange in captured[name].exchanges
        if _fits(needs, exchange) and obstacle_of(exchange, silent, item.probe.accepts) is None
    ]
    if fits:
        exchanges = tuple(exchange for _, exchange in fits)
        return Evidence(item.gateway.name, needs.statement, item.value, exchanges), tuple(
            dict.fromkeys(n for n, _ in fits)
        )
    stops = (captured[name].blocked for name in sorted(captured) if needs.covers(name))
    lacking = next((blocked for blocked in stops if blocked is not None and blocked.install), None)
    if lacking is not None:
        return Evidence(item.gateway.name, needs.statement, item.value, (), lacking), ()
    if needs.optional_reason:
        unseen = Failure(Cause.PREREQUISITE, needs.optional_reason, optional=True)
        return Evidence(item.gateway.name, needs.statement, item.value, (), unseen), ()
    least = tuple(scenario_run.id for scenario_run in item.scenario_runs if scenario_run.id in captured)
    stopped = next((captured[name] for name in least if captured[name].blocked or captured[name].exchanges), None)
    if stopped is not None and not item.probe.accepts.issuperset(Cause):
        return stopped, least
    if stopped is not None:  # no obstacle keeps this probe from answers that are none of its business
        why = nothing_fits(needs, (stopped,), item.probe.accepts)
        return Evidence(item.gateway.name, needs.statement, item.value, (), why), least
    covered = {name: captured[name] for name in sorted(captured) if needs.covers(name)}
    why = nothing_fits(needs, covered.values(), item.probe.accepts)
    names = tuple(name for name, evidence in covered.items() if any(map(needs.could_match, evidence.exchanges)))
    return Evidence(item.gateway.name, needs.statement, item.value, (), why), names


def _fits(needs: Selection, exchange: Exchange) -> bool:
    try:
        return needs.matches(exchange)
    except (MalformedAnswerError, RecursionError):
        return False


def _seen(probe: Probe, evidence: Evidence, claim: Claim, value: Json) -> Finding:
    try:
        finding = obstacle(evidence, claim, probe.accepts)
        if finding is None:
            finding = _checked(probe, probe(evidence, claim, value))
        elif isinstance(finding, Unobserved):
            finding = _fault_beside(probe, evidence, claim, value) or finding
        return refused_as(finding, probe.refused_with, probe.refused_option)
    except UnfinishedStreamError as wrong:
        if _reports_ends(probe):
            return Seen(Observed.MALFORMED, wrong.message, wrong.fault_kind, place=wrong.place)
        return Unobserved(Cause.PREREQUISITE, wrong.message, _end_owner(), wrong.place)
    except UnseenAnswerError as unseen:
        return Unobserved(unseen.failure.cause, unseen.failure.message, place=unseen.place)
    except MissingStepError as missing:
        return Unobserved(Cause.PREREQUISITE, missing.message)
    except MalformedAnswerError as wrong:
        return Seen(Observed.MALFORMED, wrong.message, wrong.fault_kind, place=wrong.place)
    except RecursionError:
        return malformed("answer.unreadable", "the answer is nested so deeply that it cannot be read")
    except Exception as error:  # noqa: BLE001 - a probe that fails is our doing, is reported so, and stops nothing else
        return _failed(message("the probe {probe}", probe=probe.id), error, place_in_probes(error) or place_of(probe))


def _lawful(probe: Probe, finding: Finding) -> Finding:
    """Return a finding; nothing but the catalogue may state that nobody outside can see a capability."""
    if not isinstance(finding, Unobserved) or finding.cause is not Cause.UNOBSERVABLE:
        return finding
    known = catalogue(relay=True).by_id.get(probe.capability)
    return finding if known is not None and known.unobservable else replace(finding, cause=Cause.PREREQUISITE)


def _fault_beside(probe: Probe, evidence: Evidence, claim: Claim, value: Json) -> Finding | None:
    """Return the fault that an answered step shows, whatever kept another step from being answered; None without one.

    Only a finding that names an answered step counts: what is right of some steps may be wrong of the missing ones.
    """
    answered = tuple(
        exchange
        for exchange in evidence.exchanges
        if exchange.request.is_link or obstacle_of(exchange, claim, probe.accepts) is None
    )
    rest = RemainingEvidence(
        evidence.gateway, evidence.scenario, evidence.value, answered, evidence.blocked, evidence.exchanges
    )
    try:
        finding = _checked(probe, probe(rest, claim, value))
    except UnfinishedStreamError:
        return None
    except MalformedAnswerError as wrong:
        finding = Seen(Observed.MALFORMED, wrong.message, wrong.fault_kind, place=wrong.place)
    except (BrokenRunError, WrongProbeError):
        raise
    except Exception:  # noqa: BLE001 - a step that is missing may break a probe; the obstacle is told instead
        return None
    is_fault = isinstance(finding, Seen) and finding.observed is not Observed.HONOURED
    return finding if is_fault and finding.place in {exchange.place for exchange in answered} else None


def _reports_ends(probe: Probe) -> bool:
    """Return whether a stream without its end is a fault of this capability, and not only hides what it looks for."""
    known = catalogue(relay=True).by_id.get(probe.capability)
    streams = known is not None and known.reports is not None and known.reports.streaming
    return streams or probe.capability == _end_owner()


def _end_owner() -> str:
    return fault_kinds()[_NO_TERMINAL].owner


def _checked(probe: Probe, finding: object) -> Finding:
    """Return what a probe returned.

    Raises:
        WrongProbeError: it is not a finding, or names a fault kind that the catalogue does not have.
    """
    problem = ""
    if not isinstance(finding, Seen | Unobserved):
        problem = f"returned {printable(repr(finding), 60)}; a probe returns a finding"
    elif isinstance(finding, Seen) and finding.fault_kind and finding.fault_kind not in fault_kinds():
        problem = f"names the fault kind {finding.fault_kind!r}, which does not exist"
    if problem:
        raise WrongProbeError(f"{place_of(probe)}: the probe {probe.id} {problem}. Correct it, then resume the audit.")
    return cast("Finding", finding)


def _failed(task: Message, error: Exception, place: str = "") -> Finding:
    """Return that gateprobe failed; evidence that was changed or lost is no failure, and nothing is judged by it."""
    if isinstance(error, BrokenRunError | WrongProbeError):
        raise error
    return unobserved(
        Cause.HARNESS,
        "{task} itself failed: {kind}: {error}",
        task=message("{task} ({place})", task=task, place=place) if place else task,
        kind=type(error).__name__,
        error=printable(str(error), 300),
    )


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
