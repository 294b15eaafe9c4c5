"""Forms that are always refused in the same words: what asks with such a form is left to the capability of the form.

A gateway that takes no string as input refuses every request that has one, pictures and texts alike. The capability
that is about strings is contradicted, and the others name it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import RequestForm
from gateprobe.judge.causation import barren, follows_from_forms
from gateprobe.judge.repeated.chance import LEAST
from gateprobe.judge.repeated.forms import Facts, Form, capabilities_of, facts_of, forms_of
from gateprobe.judge.repeated.observations import CREATES, is_right
from gateprobe.model import Finding, Observed, Stance, hidden
from gateprobe.plan.planning import Item
from gateprobe.probe import REPLAYS

_REFUSALS: Final = (400, 415, 422)
_WORDS: Final = 80  # characters by which two refusals are compared


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """A form of which every right request is refused: how many, in which words, and the capability that is about it."""

    form: Form
    words: tuple[int | None, str]
    number: int
    capability: str


def refused_forms(captured: Mapping[str, Evidence], gateway: Gateway) -> tuple[RefusedForm, ...]:
    """Return the forms that are always refused although their capability is promised: by option, or by stream.

    Of each endpoint, this is the form with the most requests.
    """
    right = [
        (exchange, facts_of(exchange.request))
        for name, evidence in captured.items()
        if not name.startswith(REPLAYS)
        for exchange in evidence.exchanges
        if is_right(exchange.request) and exchange.request.note != CREATES  # few gateways work in the background
    ]
    refused = [(exchange, facts) for exchange, facts in right if exchange.status in _REFUSALS]
    if len(refused) < LEAST:
        return ()
    forms = dict.fromkeys(
        form for _, facts in refused for form in forms_of(facts, lacking=True) if form.path and _may_lead(form)
    )
    widest: dict[str, RefusedForm] = {}
    fruitless = barren(captured)
    for form in forms:
        made = _refused_form(form, right, gateway, fruitless)
        if made is not None and (form.path not in widest or made.number > widest[form.path].number):
            widest[form.path] = made
    return tuple(widest.values())


def _may_lead(form: Form) -> bool:
    """Return whether one capability can stand for a form: that of its option, of streams, or of whole answers."""
    return bool(form.option) or (form.streaming is not None and form.picture is None)


def _refused_form(
    form: Form, right: Sequence[tuple[Exchange, Facts]], gateway: Gateway, fruitless: Collection[RequestForm]
) -> RefusedForm | None:
    of_form = [
        (exchange, facts)
        for exchange, facts in right
        if form.fits(facts) and not _blames_another(exchange, facts, form)
    ]
    others = [exchange for exchange, facts in right if facts.path == form.path and not form.fits(facts)]
    capabilities = _capabilities(form, of_form, gateway)
    is_refused = all(exchange.status in _REFUSALS for exchange, _ in of_form)
    if len(of_form) < LEAST or not is_refused or len(capabilities) != 1 or not any(each.ok for each in others):
        return None
    (capability,) = capabilities
    words = {_words(exchange) for exchange, _ in of_form}
    if gateway.claim(capability).stance is not Stance.OFFERED or len(words) > 1:
        return None
    if follows_from_forms(capability, (exchange for exchange, _ in of_form), fruitless):
        return None
    return RefusedForm(form, words.pop(), len(of_form), capability)


def _blames_another(exchange: Exchange, facts: Facts, form: Form) -> bool:
    """Return whether a refusal names options that the request has, and the option of a form is not among them."""
    if not form.option or exchange.status not in _REFUSALS:
        return False
    words = _words(exchange, whole=True)[1]
    named = {name for name, _ in facts.options if re.search(rf"[`'\"]{re.escape(name)}[`'\"]", words)}
    return bool(named) and form.option not in named


def _capabilities(form: Form, of_form: Sequence[tuple[Exchange, Facts]], gateway: Gateway) -> Collection[str]:
    """Return the capabilities that a form breaks; for a form without an option, only the first that is promised.

    Capabilities of pictures come first, because pictures are the purpose of the gateway.
    """
    ordered = sorted((facts for _, facts in of_form), key=lambda facts: not facts.picture)
    names = dict.fromkeys(name for facts in ordered for name in capabilities_of(form, facts))
    if form.option:
        return tuple(names)
    return tuple(name for name in names if gateway.claim(name).stance is Stance.OFFERED)[:1]


def _words(exchange: Exchange, *, whole: bool = False) -> tuple[int | None, str]:
    try:
        error = exchange.error
    except (MalformedAnswerError, RecursionError):
        error = None
    return exchange.status, error.message[: None if whole else _WORDS] if error is not None else ""


def left_to_form(
    forms: Collection[RefusedForm], item: Item, finding: Finding, examined: Collection[Exchange]
) -> Finding:
    """Return a finding, or, where it is the refusal of a form of another capability, the finding that says so."""
    if finding.observed is not Observed.REFUSED:
        return finding
    deciding = next((exchange for exchange in examined if exchange.place == finding.place), None)
    for each in forms:
        own = item.probe.capability == each.capability
        if deciding is None or own or not each.form.fits(facts_of(deciding.request)):
            continue
        if _words(deciding) == each.words:
            return hidden(
                each.capability,
                "not judged, because {unmet} failed: {finding}",
                unmet=each.capability,
                finding=finding.message,
            ).at(finding.place)
    return finding
