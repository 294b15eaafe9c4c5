"""Cross-talk: a text answer that belongs to a request of the same moment, or to one that was given up."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from gateprobe.build import OMIT, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.model import Claim, Finding, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import Selection, probe
from gateprobe.request import Together
from gateprobe.scenario import Steps, scenario
from gateprobe.text import printable

from .scenarios.responses import asks_for_word, single_word, word_asked
from .support.exchanges import EVERYTHING, clear

_QUESTIONS: Final = tuple(
    single_word(word, number)
    for number, word in enumerate(("apple", "river", "candle", "orbit", "velvet", "marble"), start=11)
)
_GIVEN_UP: Final = single_word("lantern", 17)
LATER: Final = "after a stream was left: "
"""The beginning of the note of a request that is sent after another was given up; its word follows."""

_QUOTED: Final = 60
_ADVERT: Final = re.compile(
    r"[\[【][^\]】]*\w[^\]】]*[\]】]|\b(?:powered|provided|sponsored|brought to you) by\b"
    r"|\b(?:subscribe|telegram|discord|wechat|qq)\b|\bjoin (?:us|our)\b"
    r"|微信|公众号|加群|交流群|官网|中转|提供支持|提供服务|赞助|充值",
    re.IGNORECASE,
)
"""Words in brackets, or the words of an advert: no model writes them beside a single word."""

_DOMAIN: Final = re.compile(r"\w\.[a-z]{2,}\b", re.IGNORECASE)
"""A domain, which a model may write beside a single word, as a source."""

_HALF: Final = 0.5  # of the answers: a gateway may sign streams only, or whole answers only


@scenario(requests=len(_QUESTIONS))
def words_together(gateway: Gateway) -> Steps:
    """Ask for six words in six requests that leave at the same moment, every other one as a stream."""
    questions = [question.of(gateway.seed) for question in _QUESTIONS]
    yield Together(
        tuple(
            responses(gateway, question, stream=True if index % 2 else OMIT, note=word_asked(question))
            for index, question in enumerate(questions)
        )
    )


@scenario(requests=4)
def words_after_leaving(gateway: Gateway) -> Steps:
    """Close two streams at their first bytes, then ask for another word, as a stream and without one."""
    word = word_asked(_GIVEN_UP.of(gateway.seed))
    given_up = responses(gateway, _GIVEN_UP, stream=True, note=word).with_(leave_after=1)
    yield Together((given_up, given_up))
    yield responses(gateway, _QUESTIONS[0], stream=True, note=LATER + word)
    yield responses(gateway, _QUESTIONS[1], note=LATER + word)


def _text(exchange: Exchange) -> str:
    """Return an answer's text in lower case, without its full stop; empty where it holds none."""
    try:
        return exchange.text.strip().rstrip(".").lower()
    except MalformedAnswerError:
        return ""  # the probes of this form of request judge it


def _mixed_up(exchange: Exchange, word: str) -> Finding:
    return ignored(
        "image.wrong_content",
        "asked {asked!q}, received {word!q}: the answer to another request",
        asked=str(exchange.request.json.get("input"))[:_QUOTED],
        word=word,
    ).at(exchange.place)


@probe("responses.text.kept_apart", needs=words_together, accepts=EVERYTHING)
def simultaneous_answers_are_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """Requests of the same moment are each answered with their own text."""
    right, obstacle = 0, None
    words = [exchange.request.note for exchange in evidence.exchanges]
    for exchange in evidence.exchanges:
        judged = clear(exchange, claim)
        if not isinstance(judged, Exchange):
            obstacle = obstacle or judged
            continue
        text, word = _text(exchange), exchange.request.note
        other = next((other for other in words if other != word and other in text), None)
        if word in text:
            right += 1
        elif other is not None:
            return _mixed_up(exchange, other)
    if not right:
        return obstacle or nothing_to_judge("no answer holds the word that was asked for, nor another request's")
    return honoured("{number} answers hold their own word", number=right)


def _has_text(exchange: Exchange) -> bool:
    request = exchange.request
    return request.method == "POST" and not request.of_images and exchange.ok and bool(_text(exchange))


TEXTS: Final = Selection(
    "every text that was answered",
    (words_together, words_after_leaving),
    _has_text,
    missing_reason=message("no text was answered"),
)


@probe("responses.text.kept_apart", needs=TEXTS)
def given_up_answer_is_not_sent_later(evidence: Evidence, claim: Claim) -> Finding:
    """After a client left a stream, no other request is answered with the text of that stream."""
    right = 0
    notes = [exchange.request.note for exchange in evidence.exchanges]
    given_up = next((note.removeprefix(LATER) for note in notes if note.startswith(LATER)), word_asked(_GIVEN_UP))
    for exchange in evidence.exchanges:
        text = _text(exchange)
        if text == given_up and given_up not in str(exchange.request.json):
            return _mixed_up(exchange, text)
        right += exchange.request.note.startswith(LATER) and text in str(exchange.request.json)
    if not right:
        return nothing_to_judge("after a stream was left, no answer holds the word that was asked for")
    return honoured("{number} answers after a stream was left hold their own word", number=right)


def _is_text_request(exchange: Exchange) -> bool:
    request = exchange.request
    return request.method == "POST" and request.endpoint == "responses" and not request.images


TEXT_REQUESTS: Final = Selection(
    "every request for a text", (words_together,), _is_text_request, missing_reason=message("no text was requested")
)


@probe("responses.text.kept_apart", needs=TEXT_REQUESTS, accepts=EVERYTHING)
def no_words_are_added(evidence: Evidence, claim: Claim) -> Finding:
    """A text contains no advert or signature of the gateway."""
    asked = [exchange for exchange in evidence.exchanges if _asks_for_a_word(exchange)]
    judged = [clear(exchange, claim) for exchange in asked]
    answers = [exchange for exchange in judged if isinstance(exchange, Exchange) and _text(exchange)]
    around = Counter(_around(exchange) for exchange in answers)
    if not answers:
        obstacle = next((finding for finding in judged if not isinstance(finding, Exchange)), None)
        return obstacle or nothing_to_judge("no text was answered")
    pieces, number = around.most_common(1)[0]
    words, place = printable(" ".join(pieces), _QUOTED), answers[0].place
    is_advert, has_domain = (any(map(mark.search, pieces)) for mark in (_ADVERT, _DOMAIN))
    if number < _HALF * len(asked) or not (is_advert or has_domain):
        return honoured("no words are added to the answers (answers: {number})", number=len(answers))
    if is_advert or any(_adds(exchange, pieces) for exchange in evidence.exchanges):
        return malformed(
            "answer.words_added",
            "{number} of {total} one-word answers also contain {words!q}",
            number=number,
            total=len(answers),
            words=words,
        ).at(place)
    return nothing_to_judge(
        "{number} of {total} one-word answers also contain {words!q}; no answer to another question does,"
        " so a model may write it",
        number=number,
        total=len(answers),
        words=words,
    ).at(place)


def _asks_for_a_word(exchange: Exchange) -> bool:
    request = exchange.request
    return bool(request.note) and request.note == word_asked(request.prompt) and not request.leave_after


def _around(exchange: Exchange) -> tuple[str, ...]:
    """Return what an answer has around the word that was asked for."""
    pieces = (piece.strip() for piece in _text(exchange).split(exchange.request.note))
    return tuple(piece for piece in pieces if piece)


def _adds(exchange: Exchange, pieces: tuple[str, ...]) -> bool:
    """Return whether the answer to a question for more than a single word has some pieces, too."""
    is_other = exchange.ok and not asks_for_word(exchange.request.prompt)
    return is_other and all(piece in _text(exchange) for piece in pieces)
