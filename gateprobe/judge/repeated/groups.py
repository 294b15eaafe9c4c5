"""The obstacles that repeat in a capture, each with the capabilities that it contradicts and its finding."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.judge.repeated.chance import LEAST, stands_out
from gateprobe.judge.repeated.forms import Form, capabilities_of, forms_of
from gateprobe.judge.repeated.limits import Limit, limit_of, limit_of_answers, limit_of_waiting
from gateprobe.judge.repeated.observations import Observation, observations, traffic_of
from gateprobe.judge.repeated.sentences import finding_of_form, finding_of_limit
from gateprobe.judge.repeated.turns import limits_of_turns
from gateprobe.model import Cause, Finding, Level, Observed, Place, Seen, Unobserved, hidden
from gateprobe.plan.planning import Item

_LIST = "models"
"""The endpoint whose answers show nothing about others: many gateways answer it themselves, and what has an id too."""

_OBSTACLES = frozenset({Cause.AUTH, Cause.NETWORK, Cause.TIMEOUT, Cause.UPSTREAM})
_FAILURES_PER_ANSWER = 9  # from this ratio, the option that only the answered requests have explains their success
_TERMINAL = "stream.terminal"
_PARALLEL = "images.generate.parallel"


@dataclass(frozen=True, slots=True)
class Repeated:
    """An obstacle that repeats: where it came, what it contradicts, the finding.

    `places` has each place with the capability that a failure there contradicts first; it is empty where none does.
    `overall` are the capabilities that are contradicted even where their own requests were answered, because they
    promise something of all requests. `form` is the form of request, None for a limit. With `by_turns`, every
    capability that the failed request tests is contradicted in that repeat, because other repeats were answered.
    """

    places: Mapping[Place, str]
    capabilities: tuple[str, ...]
    finding: Seen
    overall: frozenset[str] = frozenset()
    form: Form | None = None
    by_turns: bool = False


def repeated(captured: Mapping[str, Evidence], gateway: Gateway) -> tuple[Repeated, ...]:
    """Return the obstacles that repeat in what was captured of a gateway, those of whole forms first."""
    refusals = {status for claim in gateway.claims.values() for status in claim.refusal_status}
    remaining = observations(captured, refusals)
    turns = [_of_turns(limit, answered) for limit, answered in limits_of_turns(remaining)]
    if sum(each.fails for each in remaining) < LEAST:
        return tuple(turns)
    traffic = traffic_of(captured)
    found: list[Repeated] = []
    while (form := _failing_form(remaining)) is not None:
        asking = _asking(remaining)
        if not _explains_all(form, remaining) and (
            limit_of_answers(asking) is not None or limit_of_waiting(asking, traffic) is not None
        ):
            break
        failures = [each for each in remaining if form.fits(each.facts)]
        remaining = [each for each in remaining if not form.fits(each.facts)]
        found.append(_of_form(form, failures, remaining))
    asking = _asking(remaining)
    limit = limit_of(asking, traffic)
    if limit is not None:
        found.append(_of_limit(limit, asking))
    return (*turns, *found)


def _asking(observed: Iterable[Observation]) -> list[Observation]:
    """Return the requests that ask for more than what has an id: a limit of time or of work concerns these."""
    return [each for each in observed if each.facts.streaming is not None]


def _explains_all(form: Form, observed: Sequence[Observation]) -> bool:
    return all(form.fits(each.facts) for each in observed if each.fails)


def _failing_form(observed: Sequence[Observation]) -> Form | None:
    """Return the form of which all requests fail and which explains the most failures; None where none stands out."""
    for form, failures in sorted(_failing_forms(observed), key=lambda each: -len(each[1])):
        others = [each for each in observed if not form.fits(each.facts) and _reaches_a_model(each)]
        if stands_out(failures, others):
            return form
    return None


def _reaches_a_model(observation: Observation) -> bool:
    return observation.facts.endpoint != _LIST and observation.facts.streaming is not None


def _failing_forms(observed: Sequence[Observation]) -> Iterator[tuple[Form, list[Observation]]]:
    """Yield each form with at least three requests that all fail, with its failures.

    If at most one in ten is answered, and only answered requests have some option, yield the form without that option.
    For example, a limit on the size of answers lets a small picture pass.
    """
    forms = dict.fromkeys(form for each in observed if each.fails for form in forms_of(each.facts))
    for form in forms:
        of_form = [each for each in observed if form.fits(each.facts)]
        failures = [each for each in of_form if each.fails]
        answered = [each for each in of_form if not each.fails]
        if len(of_form) >= LEAST and not answered:
            yield form, of_form
        elif answered and form.structural and (option := _option_of(answered, failures)):
            yield replace(form, without=option), failures


def _option_of(answered: Sequence[Observation], failures: Sequence[Observation]) -> str:
    """Return the option that all answered and no failed requests have; empty if there is none, or too many answers."""
    if len(failures) < _FAILURES_PER_ANSWER * len(answered):
        return ""
    common = frozenset.intersection(*(_options(each) for each in answered))
    return min(common.difference(*(_options(each) for each in failures)), default="")


def _options(observed: Observation) -> frozenset[str]:
    return frozenset(name for name, _ in observed.facts.options)


def _of_form(form: Form, failures: Sequence[Observation], others: Sequence[Observation]) -> Repeated:
    finding = finding_of_form(form, failures, others)
    capabilities = _distinct(name for each in failures for name in capabilities_of(form, each.facts))
    is_cut = finding.fault_kind == "stream.cut"
    return Repeated(
        _named(form, failures),
        (*capabilities, _TERMINAL) if is_cut else capabilities,
        finding.at(failures[0].place),
        frozenset({_TERMINAL}) if is_cut else frozenset(),
        form,
    )


def _of_limit(limit: Limit, observed: Sequence[Observation]) -> Repeated:
    capabilities = _distinct(name for each in limit.failures for name in capabilities_of(Form(), each.facts))
    overall = frozenset(capabilities)
    if limit.fault_kind in ("limit.concurrency", "limit.queue"):
        capabilities, overall = (*capabilities, _PARALLEL), overall | {_PARALLEL}
    finding = finding_of_limit(limit, observed).at(limit.failures[0].place)
    return Repeated(_named(Form(), limit.failures), capabilities, finding, overall)


def _of_turns(limit: Limit, answered: Sequence[Observation]) -> Repeated:
    group = _of_limit(limit, [*limit.failures, *answered])
    return replace(group, capabilities=(), overall=frozenset(), by_turns=True)


def _named(form: Form, failures: Iterable[Observation]) -> dict[Place, str]:
    return {each.place: next(iter(capabilities_of(form, each.facts)), "") for each in failures}


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def held_to(groups: Iterable[Repeated], item: Item, finding: Finding, examined: Collection[Exchange]) -> Finding:
    """Return a finding, or the finding that the obstacle in its way repeats.

    A capability that the obstacle contradicts is contradicted. Others are hidden behind the first of these.
    """
    for group in groups:
        name = item.probe.capability
        if isinstance(finding, Unobserved):
            place = _place_in(group, finding, examined)
            if place is not None and (group.by_turns or name in group.capabilities):
                return group.finding.at(place)
            if place is not None and (unmet := group.places[place]):
                return hidden(
                    unmet, "not judged, because {unmet} failed: {finding}", unmet=unmet, finding=finding.message
                ).at(place)
        faulty = isinstance(finding, Seen) and finding.observed is not Observed.HONOURED
        if name in group.overall and item.probe.level is Level.MUST and not faulty:
            return group.finding
    return finding


def _place_in(group: Repeated, finding: Unobserved, examined: Collection[Exchange]) -> Place | None:
    """Return the place of an obstacle that kept a finding from being made and belongs to a group."""
    if finding.cause not in _OBSTACLES:
        return None
    if finding.place is not None:
        return finding.place if finding.place in group.places else None
    return next((exchange.place for exchange in examined if exchange.place in group.places), None)
