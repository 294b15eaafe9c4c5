"""Text answers belong to their own requests."""

from __future__ import annotations

import pytest

from gateprobe.model import Cause, Observed
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.painter import sse
from tests.support.evidence.playing import Answer, Gives, judged, lost


def _answer(request: Request, text: str) -> Answer:
    response = text_response(text, id=f"resp_{text}")
    if not request.streams:
        return Answer(response)
    return sse([{"type": "response.completed", "response": response, "sequence_number": 0}])


def _word(request: Request) -> str:
    return str(request.json["input"]).rstrip(".").rpartition(" ")[2]


def saying(change: dict[str, str]) -> Gives:
    """Return a gateway that replies with the word, or with another in its place."""
    return lambda request: _answer(request, change.get(_word(request), _word(request)))


def test_mixed_up_answers_are_found() -> None:
    """An answer that holds another request's word, and not its own."""
    record = judged("simultaneous_answers_are_kept_apart", saying({"river": "apple"}))
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "image.wrong_content")
    assert judged("simultaneous_answers_are_kept_apart", saying({})).observed is Observed.HONOURED


def test_one_canned_text_is_not_mixed_up() -> None:
    """A model that does not follow the instruction shows nothing."""
    assert (
        judged("simultaneous_answers_are_kept_apart", lambda request: _answer(request, "hello")).observed
        is Observed.UNOBSERVED
    )


def test_a_given_up_answer_that_comes_later_is_found() -> None:
    """Whoever asks next gets the word of the stream that was left."""
    record = judged("given_up_answer_is_not_sent_later", saying({"river": "lantern"}))
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "image.wrong_content")
    assert judged("given_up_answer_is_not_sent_later", saying({})).observed is Observed.HONOURED


def test_without_answers_nothing_is_judged() -> None:
    """A connection that breaks shows nothing."""
    for probe in ("simultaneous_answers_are_kept_apart", "given_up_answer_is_not_sent_later"):
        assert judged(probe, lambda _request: lost()).observed is Observed.UNOBSERVED


@pytest.mark.parametrize(
    ("added", "observed"),
    [
        (" (brought to you by relay.example)", Observed.MALFORMED),
        (" 【某某中转】", Observed.MALFORMED),
        (" - powered by SuperRelay", Observed.MALFORMED),
        (" 加群 123456 获取更多", Observed.MALFORMED),
        ("! That is the word you asked for", Observed.HONOURED),
        ("]", Observed.HONOURED),
        ("", Observed.HONOURED),
    ],
)
def test_signatures_are_found(added: str, observed: Observed) -> None:
    """A domain or a name in brackets beside each one-word answer is a fault; the words of a talkative model are not."""
    record = judged("no_words_are_added", lambda request: _answer(request, request.note + added))
    assert (record.observed, record.fault_kind) == (
        observed,
        "answer.words_added" if observed is Observed.MALFORMED else "",
    )


def test_a_domain_beside_a_single_word_may_be_the_model_s() -> None:
    """A domain is an advert only if answers to other questions have it, too."""
    advert = " - relay.example"
    alone = judged("no_words_are_added", lambda request: _answer(request, request.note + advert))
    assert (alone.observed, alone.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)
    everywhere = judged(
        "no_words_are_added",
        lambda request: _answer(request, (request.note or "yellow") + advert),
        also=("question_about_picture",),
    )
    assert (everywhere.observed, everywhere.fault_kind) == (Observed.MALFORMED, "answer.words_added")
