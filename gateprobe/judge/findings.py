"""Run a probe on evidence and turn its failures into findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from gateprobe.errors import BrokenRunError, WrongProbeError
from gateprobe.evidence import (
    Evidence,
    MalformedAnswerError,
    MissingStepError,
    RemainingEvidence,
    UnfinishedStreamError,
    UnseenAnswerError,
)
from gateprobe.gateway import fault_kinds
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.preconditions import obstacle, obstacle_of
from gateprobe.judge.refusals import refused_as
from gateprobe.library import place_in_probes, place_of
from gateprobe.message import Message, message
from gateprobe.model import Cause, Claim, Finding, Json, Observed, Seen, Unobserved, malformed, unobserved
from gateprobe.probe import Probe
from gateprobe.text import printable

_NO_TERMINAL: Final = "stream.no_terminal"


def examine(probe: Probe, evidence: Evidence, claim: Claim, value: Json) -> Finding:
    """Return the finding of a probe. Every failure becomes a finding, except a broken run and a wrong probe.

    Raises:
        BrokenRunError: the evidence was changed, or is lost.
        WrongProbeError: the probe returned something other than a finding.
    """
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
    except Exception as error:  # noqa: BLE001 - a failing probe is a fault of gateprobe; other probes go on
        return harness_failure(
            message("the probe {probe}", probe=probe.id), error, place_in_probes(error) or place_of(probe)
        )


def restrict_unobservable(probe: Probe, finding: Finding) -> Finding:
    """Return a finding; keep the cause `unobservable` only if the catalogue declares it, else use `prerequisite`."""
    if not isinstance(finding, Unobserved) or finding.cause is not Cause.UNOBSERVABLE:
        return finding
    known = catalogue(relay=True).by_id.get(probe.capability)
    return finding if known is not None and known.unobservable else replace(finding, cause=Cause.PREREQUISITE)


def _fault_beside(probe: Probe, evidence: Evidence, claim: Claim, value: Json) -> Finding | None:
    """Return the fault that an answered step shows, although another step has no answer; None without a fault.

    Only a finding that names an answered step counts, because the missing steps could contradict a general one.
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
    except Exception:  # noqa: BLE001 - a missing step may break a probe; the obstacle is reported instead
        return None
    is_fault = isinstance(finding, Seen) and finding.observed is not Observed.HONOURED
    return finding if is_fault and finding.place in {exchange.place for exchange in answered} else None


def _reports_ends(probe: Probe) -> bool:
    """Return whether the capability itself covers streams without an end; other capabilities are then unproven."""
    known = catalogue(relay=True).by_id.get(probe.capability)
    streams = known is not None and known.reports is not None and known.reports.streaming
    return streams or probe.capability == _end_owner()


def _end_owner() -> str:
    return fault_kinds()[_NO_TERMINAL].owner


def _checked(probe: Probe, finding: object) -> Finding:
    """Return the finding that a probe returned, after checking it.

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


def harness_failure(task: Message, error: Exception, place: str = "") -> Finding:
    """Return the finding that gateprobe failed; re-raise errors of changed or lost evidence and of wrong probes."""
    if isinstance(error, BrokenRunError | WrongProbeError):
        raise error
    return unobserved(
        Cause.HARNESS,
        "{task} itself failed: {kind}: {error}",
        task=message("{task} ({place})", task=task, place=place) if place else task,
        kind=type(error).__name__,
        error=printable(str(error), 300),
    )
