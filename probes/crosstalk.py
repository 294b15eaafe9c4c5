"""Cross-talk: a text answer that belongs to a request of the same moment, or to one that was given up."""

from __future__ import annotations

from typing import Final

from gateprobe.build import OMIT, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, honoured, ignored, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.request import Together
from gateprobe.scenario import Steps, scenario

from .support.exchanges import EVERYTHING, clear

WORDS: Final = ("apple", "river", "candle", "orbit", "velvet", "marble")
GIVEN_UP: Final = "lantern"
_QUOTED: Final = 60


def _asking(word: str) -> str:
    return f"Reply with the single word: {word}."


@scenario(requests=len(WORDS))
def words_together(gateway: Gateway) -> Steps:
    """Ask for six words in six requests that leave at the same moment, every other one as a stream."""
    yield Together(
        tuple(
            responses(gateway, _asking(word), stream=True if index % 2 else OMIT, note=word)
            for index, word in enumerate(WORDS)
        )
    )


@scenario(requests=4)
def words_after_leaving(gateway: Gateway) -> Steps:
    """Close two streams at their first bytes, then ask for another word, as a stream and without one."""
    given_up = responses(gateway, _asking(GIVEN_UP), stream=True, note=GIVEN_UP).with_(leave_after=1)
    yield Together((given_up, given_up))
    yield responses(gateway, _asking(WORDS[0]), stream=True, note=WORDS[0])
    yield responses(gateway, _asking(WORDS[1]), note=WORDS[1])


def _judged(evidence: Evidence, claim: Claim, asked: tuple[str, ...], known: tuple[str, ...]) -> Finding:
    """Judge that each answer holds its own word; one that holds another request's word instead is mixed up."""
    right: list[Exchange] = []
    obstacle: Finding | None = None
    for exchange in evidence.exchanges:
        word = exchange.request.note
        if word not in asked:
            continue
        judged = clear(exchange, claim)
        if not isinstance(judged, Exchange):
            obstacle = obstacle or judged
            continue
        try:
            text = exchange.text
        except MalformedAnswerError:
            continue  # the probes of this form of request judge it
        others = [other for other in known if other != word and other in text.lower()]
        if word in text.lower():
            right.append(exchange)
        elif others:
            return ignored(
                "image.wrong_content",
                "asked for the word {word}, received {text!q}: the answer to another request",
                word=word,
                text=text[:_QUOTED],
            ).at(exchange.place)
    if not right:
        return obstacle or nothing_to_judge("no answer holds the word that was asked for, nor another request's")
    return honoured("{number} of {number} answers hold their own word", number=len(right))


@probe("responses.text.kept_apart", needs=words_together, accepts=EVERYTHING)
def simultaneous_answers_are_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """Requests of the same moment are each answered with their own text."""
    return _judged(evidence, claim, WORDS, WORDS)


@probe("responses.text.kept_apart", needs=words_after_leaving, accepts=EVERYTHING)
def given_up_answer_is_not_sent_later(evidence: Evidence, claim: Claim) -> Finding:
    """After a client left a stream, the next request is answered with its own text."""
    return _judged(evidence, claim, WORDS[:2], (*WORDS[:2], GIVEN_UP))
