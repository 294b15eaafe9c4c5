"""Official clients: how each reads the bytes that this gateway sent, replayed to it after capture at no cost."""

from __future__ import annotations

from gateprobe.clients import CLIENTS, OUTCOME_TYPE, Outcome
from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import message
from gateprobe.model import Claim, Finding, honoured, ignored, malformed
from gateprobe.probe import Selection, probe


def _is_outcome(exchange: Exchange) -> bool:
    return exchange.content_type == OUTCOME_TYPE


def _read_by(name: str) -> Selection:
    """Return the selection of what a client read; a run is complete without it where the client is not installed."""
    client = CLIENTS[name]
    return Selection(
        f"what {client.title} read",
        (),
        _is_outcome,
        scenario_prefix=client.scenario_run,
        optional_reason=message("no answer came that {client} can read", client=client.title),
    )


def _judged(evidence: Evidence, name: str) -> Finding:
    """Judge that a client raised no error, found each picture, and reported each refusal with its status."""
    outcomes = [(Outcome.loads(exchange.json()), exchange.place) for exchange in evidence.exchanges]
    client = message("{title} {version}", title=CLIENTS[name].title, version=outcomes[0][0].version)
    for outcome, place in outcomes:
        if outcome.raised:
            return malformed(
                "clients.fails",
                "{client} fails on {answer}: {error!q}",
                client=client,
                answer=outcome.about,
                error=outcome.raised,
            ).at(place)
        if outcome.refused is not None and outcome.status != outcome.refused:
            return malformed(
                "clients.fails",
                "{client} reports the HTTP {status} of {answer} as {reported}",
                client=client,
                status=outcome.refused,
                answer=outcome.about,
                reported=outcome.status or message("no error"),
            ).at(place)
        if outcome.pictures_sent is not None and outcome.pictures_read != outcome.pictures_sent:
            return ignored(
                "clients.fails",
                "{client} finds {number} of {held} pictures in {answer}",
                client=client,
                number=outcome.pictures_read,
                held=outcome.pictures_sent,
                answer=outcome.about,
            ).at(place)
    pictures = sum(outcome.pictures_read for outcome, _ in outcomes)
    refusals = sum(outcome.refused is not None for outcome, _ in outcomes)
    return honoured(
        "{client} read {number} of {number} answers (pictures: {pictures}, refusals: {refusals})",
        client=client,
        number=len(outcomes),
        pictures=pictures,
        refusals=refusals,
    )


@probe("clients.openai_python", needs=_read_by("openai_python"), level="should")
def openai_python_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """OpenAI's Python client reads one answer of each kind, and finds every picture in it."""
    return _judged(evidence, "openai_python")


@probe("clients.openai_node", needs=_read_by("openai_node"), level="should")
def openai_node_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """OpenAI's Node client reads one answer of each kind, and finds every picture in it."""
    return _judged(evidence, "openai_node")


@probe("clients.vercel_ai", needs=_read_by("vercel_ai"), level="info")
def vercel_ai_reads_it(evidence: Evidence, claim: Claim) -> Finding:
    """The Vercel AI SDK reads one answer of each kind that it can request, and finds every picture in it."""
    return _judged(evidence, "vercel_ai")
