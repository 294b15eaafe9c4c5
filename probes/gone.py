"""Models that are gone: by the date that the list itself states, and by OpenAI's list of deprecations."""

from __future__ import annotations

from datetime import date

from gateprobe.evidence import Evidence, Exchange, entries, json_text
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.model import Claim, Finding, Json, honoured, inapplicable, malformed
from gateprobe.probe import probe

from .scenarios.responses import models_list


def _day(exchange: Exchange) -> date | None:
    """Return the day on which an answer came; None where that is not known."""
    try:
        return date.fromisoformat(exchange.last.started_at[:10])
    except ValueError:
        return None


def _listed(exchange: Exchange) -> tuple[dict[str, Json], ...]:
    with exchange.placing_errors():
        return entries(exchange.json(), "models.list_wrong")


@probe("models.gone_unlisted", needs=models_list, level="should")
def listed_models_are_not_past_their_end(evidence: Evidence, _claim: Claim) -> Finding:
    """No listed model is past the `shutdown_date` that the list states for it, which is a date or null."""
    exchange = evidence.last
    stated = [(entry.get("id"), entry["shutdown_date"]) for entry in _listed(exchange) if entry.get("shutdown_date")]
    today = _day(exchange)
    for name, value in stated:
        try:
            end = date.fromisoformat(str(value))
        except ValueError:
            return malformed(
                "models.gone_listed",
                "`shutdown_date` of {model} is {value}, expected a date or null",
                model=json_text(name, 60),
                value=json_text(value, 40),
            ).at(exchange.place)
        if today is not None and end < today:
            return malformed(
                "models.gone_listed",
                "{model} is listed on {today}, though its `shutdown_date` is {end}",
                model=json_text(name, 60),
                today=today.isoformat(),
                end=end.isoformat(),
            ).at(exchange.place)
    if not stated:
        return inapplicable("the list states no shutdown date")
    return honoured("{number} listed models have a shutdown date, none of them past", number=len(stated))


@probe("models.gone_unlisted", needs=models_list, level="info")
def models_that_openai_shut_down_are_not_listed(evidence: Evidence, _claim: Claim) -> Finding:
    """No image model that OpenAI has shut down is listed."""
    exchange = evidence.last
    today = _day(exchange)
    names = [name for entry in _listed(exchange) if isinstance(name := entry.get("id"), str)]
    known = [(name, facts) for name in names if (facts := facts_of(name)) is not None]
    gone = [(name, facts.shutdown) for name, facts in known if facts.shutdown and today and facts.shutdown < today]
    if gone:
        return malformed(
            "models.gone_listed",
            "{number} listed image models were shut down by OpenAI: {names}, the first on {day}",
            number=len(gone),
            names=tuple(name for name, _ in gone),
            day=min(day for _, day in gone).isoformat(),
        ).at(exchange.place)
    if not known:
        return inapplicable("the list names no image model of OpenAI")
    return honoured("none of {number} listed image models was shut down", number=len(known))
