"""Parameters: the upstream receives each one with the client's value, and none beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import message
from gateprobe.model import Claim, Finding, honoured, ignored, nothing_to_judge
from gateprobe.probe import probe

from ..support.differences import MISSING, Difference, shown
from ..support.relay import ANY, WORDS, comparable, endpoint, request_differences, sent_fields
from .requests import EDITS, GENERATIONS, POSTS, RESPONSES

LABELS: Final = frozenset({"metadata", "user", "safety_identifier", "prompt_cache_key"})
"""Parameters that name a request, its user or its prompt.

They change neither the picture nor its price, and an answer repeats at most what the client knows already. So a
gateway that drops one does not lie about a result, and `relay.labels` has the level *should*. Each other parameter is
*must*.
"""


def _is_parameter(name: str) -> bool:
    return name not in LABELS


def _parameters(evidence: Evidence, judges: Callable[[str], bool]) -> Finding:
    """Judge that each parameter whose name `judges` accepts arrives with its value."""
    compared = comparable(evidence)
    if not isinstance(compared, list):
        return compared
    names: set[str] = set()
    changes: list[tuple[Exchange, Difference]] = []
    for exchange, upstream in compared:
        sent = sent_fields(exchange)
        names |= set(filter(judges, sent)) - {*WORDS, "model"} if isinstance(sent, dict) else set()
        changes += [
            (exchange, difference)
            for difference in request_differences(exchange, upstream)
            if (judges(difference.field) or not difference.path)
            and difference.sent is not MISSING
            and difference.field not in WORDS
            and difference.option != "model"
        ]
    if changes:
        return _changed(changes)
    if not names:
        return nothing_to_judge("no parameter was sent")
    return honoured("received by the upstream as the client sent it: {names}", names=tuple(sorted(names)))


def _changed(changes: Sequence[tuple[Exchange, Difference]]) -> Finding:
    exchange, first = changes[0]
    others = [path for path in dict.fromkeys(change.path for _, change in changes) if path != first.path]
    is_label = first.field in LABELS
    kind = "relay.parameter_dropped" if first.received is MISSING else "relay.parameter_changed"
    return ignored(
        "relay.label_lost" if is_label else kind,
        "`{path}` of {endpoint}, sent by the client: {sent}; received by the upstream: {received}{more}",
        option=first.field if is_label else first.option,
        path=first.path or message("the body"),
        endpoint=endpoint(exchange),
        sent=first.shown[0],
        received=first.shown[1],
        more=message("; also changed: {paths}", paths=tuple(others[:8])) if others else "",
    ).at(exchange.place)


@probe("relay.generations.parameters", needs=GENERATIONS, accepts=ANY)
def generation_parameters_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Each parameter of a generation request reaches the upstream with its value."""
    return _parameters(evidence, _is_parameter)


@probe("relay.edits.parameters", needs=EDITS, accepts=ANY)
def edit_parameters_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Each field of an edit request reaches the upstream with its value."""
    return _parameters(evidence, _is_parameter)


@probe("relay.responses.parameters", needs=RESPONSES, accepts=ANY)
def response_parameters_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Each parameter of a request to the Responses API reaches the upstream with its value."""
    return _parameters(evidence, _is_parameter)


@probe("relay.labels", needs=POSTS, level="should", accepts=ANY)
def labels_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Each label of a request (`metadata`, `user`, `safety_identifier`, `prompt_cache_key`) reaches the upstream."""
    return _parameters(evidence, LABELS.__contains__)


@probe("relay.nothing_added", needs=POSTS, level="should", accepts=ANY)
def nothing_is_added(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives no field that the client did not send."""
    compared = comparable(evidence)
    if not isinstance(compared, list):
        return compared
    for exchange, upstream in compared:
        added = [
            difference
            for difference in request_differences(exchange, upstream)
            if difference.sent is MISSING and difference.path not in WORDS
        ]
        if added:
            return ignored(
                "relay.injected",
                "`{path}` of {endpoint}, sent by the client: nothing; received by the upstream: {received}",
                option=added[0].option,
                endpoint=endpoint(exchange),
                path=added[0].path,
                received=shown(added[0].received),
            ).at(exchange.place)
    return honoured("{number} requests arrived without added fields", number=len(compared))
