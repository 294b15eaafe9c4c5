"""Official clients: what each made of the bytes that this gateway sent, replayed to it after capture at no cost."""

from __future__ import annotations

from gateprobe.clients import CLIENTS, OUTCOME_TYPE, Outcome
from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Claim, Finding, honoured, ignored, malformed
from gateprobe.probe import Selection, probe

from .support.exchanges import count, quoted


def _is_outcome(exchange: Exchange) -> bool:
    return exchange.content_type == OUTCOME_TYPE


def _read_by(name: str) -> Selection:
    """Give what a client read; nobody is blamed where it is not installed."""
    client = CLIENTS[name]
    return Selection(
        f"what {client.title} read",
        (),
        _is_outcome,
        scenario_prefix=client.scenario_run,
        optional_reason=f"{client.title} is not installed ({client.install}), or no answer came for it",
    )


def _judged(evidence: Evidence, name: str) -> Finding:
    """Judge that a client raised nothing, found each picture, and told each refusal as it was sent."""
    outcomes = [Outcome.loads(exchange.json()) for exchange in evidence.exchanges]
    client = f"{CLIENTS[name].title} {outcomes[0].version}"
    for one in outcomes:
        if one.raised:
            return malformed(f"{client} fails on {one.about}: {quoted(one.raised)}")
        if one.refused is not None and one.status != one.refused:
            return malformed(f"{client} takes the HTTP {one.refused} of {one.about} for {one.status or 'nothing'}")
        if one.held is not None and one.found != one.held:
            return ignored(f"{client} finds {count(one.found, 'picture')} in {one.about}, which holds {one.held}")
    pictures = sum(one.found for one in outcomes)
    refusals = sum(one.refused is not None for one in outcomes)
    told = f"{count(pictures, 'picture')} found, {count(refusals, 'refusal')} told"
    return honoured(f"{client} read {len(outcomes)} of {count(len(outcomes), 'answer')}: {told}")


@probe("clients.openai_python", needs=_read_by("openai_python"), level="should")
def openai_python_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """OpenAI's Python client reads one answer of each kind, and finds what stands in it."""
    return _judged(evidence, "openai_python")


@probe("clients.openai_node", needs=_read_by("openai_node"), level="should")
def openai_node_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """OpenAI's Node client reads one answer of each kind, and finds what stands in it."""
    return _judged(evidence, "openai_node")


@probe("clients.vercel_ai", needs=_read_by("vercel_ai"), level="info")
def vercel_ai_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """The Vercel AI SDK reads one answer of each kind that it can ask for, and finds what stands in it."""
    return _judged(evidence, "vercel_ai")
