"""Isolation: an answer is given to the request that asked for it, and to nobody who asks the same with another key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Json, hidden, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import Selection, probe
from gateprobe.request import Auth

from .scenarios.keys import AFTER, AGAIN, BEFORE, RIGHT, shared_models, shared_picture, shared_words
from .scenarios.responses import bogus_key, words
from .support.exchanges import ABSENT, EVERYTHING, came, clear, step
from .support.images import picture
from .transport import REQUEST_IDS


def _kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """Judge that an answer which the right key got is not given to other keys afterwards."""
    asked = evidence.noted(RIGHT)
    if asked is not None and asked.status in ABSENT:
        return inapplicable("the endpoint does not exist: {answer}", answer=asked.summary)
    right = step(evidence, RIGHT, claim)
    if not isinstance(right, Exchange):
        return right
    if right.error is not None:
        return nothing_to_judge("the right key was refused, too: {answer}", answer=right.summary)
    before = evidence.noted(BEFORE)
    if before is None or before.status is None:
        return nothing_to_judge("nothing shows how an invented key is answered before the right one")
    if _given(before):
        return _judge_early_answer(evidence, before, right)
    later = [exchange for exchange in evidence.exchanges if exchange.request.note == AFTER]
    answered = [exchange for exchange in later if exchange.status is not None]
    for exchange in answered:
        if _given(exchange):
            return ignored(
                "auth.answer_shared",
                "{endpoint}: an invented key was refused ({before}); once the right key had an answer,"
                " {key} received {answer}",
                endpoint=message("{verb} {path}", verb=exchange.request.verb, path=exchange.request.path),
                before=message("HTTP {status}", status=before.status),
                key=_KEYS[exchange.request.auth],
                answer=came(exchange),
            ).at(exchange.place)
    if not answered:
        return nothing_to_judge("no request with another key was answered after the right one")
    return honoured(
        "refused before and after the right key had an answer ({number} of {number}): {answer}",
        number=len(answered),
        answer=answered[0].summary,
    )


def _judge_early_answer(evidence: Evidence, before: Exchange, right: Exchange) -> Finding:
    """Judge an answer to an invented key from before the right key was used; a cache may already have been filled."""
    refused = next((exchange for exchange in evidence.exchanges if _is_refused_alike(exchange, before)), None)
    if refused is not None:
        return _shared(refused, before)
    copied = _copied_id(before, right)
    if not copied:
        return hidden("auth.bogus_key_refused", "an invented key is accepted anyway: {answer}", answer=came(before))
    return ignored(
        "auth.answer_shared",
        "{endpoint}: {key} received the answer of the right key: both have the request id {id!q}",
        endpoint=message("{verb} {path}", verb=before.request.verb, path=before.request.path),
        key=_KEYS[before.request.auth],
        id=copied,
    ).at(before.place)


def _shared(refused: Exchange, given: Exchange) -> Finding:
    """Return the finding that a wrong key was refused at first, and received an answer once the right one had it."""
    return ignored(
        "auth.answer_shared",
        "{endpoint}: an invented key was refused ({before}); once the right key had an answer, {key} received {answer}",
        endpoint=message("{verb} {path}", verb=given.request.verb, path=given.request.path),
        before=refused.summary,
        key=_KEYS[given.request.auth],
        answer=came(given),
    ).at(given.place)


def _copied_id(given: Exchange, right: Exchange) -> str:
    """Return the request id that two answers share, so that one is a cached copy; empty if they share none."""
    ids = ((given.last.header(name), right.last.header(name)) for name in REQUEST_IDS)
    return next((given_id for given_id, right_id in ids if given_id and given_id == right_id), "")


def _is_refused_alike(exchange: Exchange, given: Exchange) -> bool:
    """Return whether an earlier request with the same key for the same list was refused."""
    alike = (exchange.request.auth, exchange.request.path) == (given.request.auth, given.request.path)
    return alike and exchange.status in (401, 403) and exchange.last.started_at <= given.last.started_at


_KEYS: Final = {Auth.BOGUS: message("an invented key"), Auth.NONE: message("a request without a key")}


def _given(exchange: Exchange) -> bool:
    """Return whether an answer was given; one that cannot be read was given as well."""
    return exchange.ok and exchange.error is None


MODELS_LISTS: Final = Selection(
    "every request for the models list",
    (bogus_key, shared_models),
    lambda exchange: exchange.request.method == "GET" and exchange.request.path.rstrip("/").endswith("/models"),
    missing_reason=message("nobody asked for the models list"),
)
"""A cache may hold the list before the scenario begins; the keys that are tested first show how it began."""


@probe("auth.answers_not_shared", needs=MODELS_LISTS, accepts=EVERYTHING)
def models_list_is_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """The models list that one key received is not given to an invented key that asks next."""
    return _kept_apart(evidence, claim)


@probe("auth.answers_not_shared", needs=shared_words, accepts=EVERYTHING)
def text_is_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """The text that one key received is not given to an invented key that sends the same request next."""
    return _kept_apart(evidence, claim)


@probe("auth.answers_not_shared", needs=shared_picture, accepts=EVERYTHING)
def picture_is_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """The picture that one key received is not given to an invented key that sends the same request next."""
    return _kept_apart(evidence, claim)


@probe("images.generate.drawn_anew", needs=shared_picture, level="info", accepts=EVERYTHING)
def same_request_draws_another_picture(evidence: Evidence, claim: Claim) -> Finding:
    """The same request sent again brings a picture of its own."""
    first, second = (step(evidence, note, claim) for note in (RIGHT, AGAIN))
    if not isinstance(first, Exchange):
        return first
    if not isinstance(second, Exchange):
        return second
    if picture(evidence, first).sha256 == picture(evidence, second).sha256:
        return ignored("answer.repeated", "two requests with the same body brought the same picture, byte for byte").at(
            second.place
        )
    return honoured("two requests with the same body brought two different pictures").at(second.place)


def _id(exchange: Exchange) -> Json:
    try:
        return exchange.response.get("id")
    except (MalformedAnswerError, RecursionError):
        return None


def _made(exchange: Exchange) -> bool:
    """Return whether an exchange made a Response that has an id."""
    made = exchange.request.method == "POST" and not exchange.request.of_images and exchange.ok
    return made and exchange.error is None and isinstance(_id(exchange), str) and bool(_id(exchange))


def _on(path: str) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.request.path.partition("?")[0].rstrip("/").endswith(path)


MADE: Final = Selection(
    "every Response that was made",
    (words, shared_words),
    lambda exchange: _on("/responses")(exchange) and _made(exchange),
    could_match=_on("/responses"),
    missing_reason=message("no Response with an id came"),
)


@probe("responses.id_unique", needs=MADE, level="must", accepts=EVERYTHING)
def different_requests_have_different_ids(evidence: Evidence, claim: Claim) -> Finding:
    """The Responses to different requests have different ids: clients store and fetch them by their ids."""
    different = {repr(exchange.request.json): exchange for exchange in evidence.exchanges}
    return _unique(evidence, list(different.values()), claim)


@probe("responses.id_unique", needs=MADE, level="should", accepts=EVERYTHING)
def response_ids_are_unique(evidence: Evidence, claim: Claim) -> Finding:
    """Each Response has an id of its own."""
    return _unique(evidence, evidence.exchanges, claim)


def _unique(evidence: Evidence, exchanges: Sequence[Exchange], claim: Claim) -> Finding:
    made = [exchange for exchange in exchanges if _made(exchange)]
    if not made:
        judged = clear(evidence.last, claim)
        return judged if not isinstance(judged, Exchange) else nothing_to_judge("no Response with an id came")
    seen: dict[str, Exchange] = {}
    for exchange in made:
        name = str(_id(exchange))
        if name in seen:
            same = seen[name].request.json == exchange.request.json
            return malformed(
                "answer.repeated",
                "the id {id!q} came twice, {which}",
                id=name,
                which=message("to the same request") if same else message("to two different requests"),
            ).at(exchange.place)
        seen[name] = exchange
    if len(seen) < 2:
        return inapplicable("only one Response came, so no two ids can be compared")
    return honoured("{number} Responses have {number} different ids", number=len(seen))
