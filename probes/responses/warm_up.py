"""Warming up a WebSocket: `generate: false` prepares a response without output, which a later turn continues."""

from __future__ import annotations

from typing import Final

from gateprobe.build import responses
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, hidden, honoured, ignored
from gateprobe.probe import probe
from gateprobe.request import Transport
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..support.exchanges import EVERYTHING, clear, completed, step

REMEMBER: Final = Phrase(
    "Remember the word kumquat.", "{Remember|Please remember|Memorize|Please memorize} the word {word 20}."
)
RECALL: Final = Phrase(
    "Which word did I ask you to remember? Reply with that word only.",
    "{Which|What} word did I ask you to {remember|memorize|keep}? {Reply|Answer|Respond} with that word"
    " {only|alone|and nothing else}{.|!|, please.}",
)


def judge_recall(first: Exchange, answer: Exchange) -> Finding:
    """Judge that an answer has the word that an earlier request asked the model to remember."""
    word = first.request.prompt.rpartition(" ")[2].rstrip(".")
    if word in answer.text.lower():
        return honoured("the answer contains the word of the first request: {text!q}", text=answer.text[:60]).at(
            answer.place
        )
    return ignored(
        "state.context_lost", "asked for the word {word!q}, received {text!q}", word=word, text=answer.text[:80]
    ).at(answer.place)


@scenario(requests=2, tier="deep")
def websocket_warm_up(gateway: Gateway) -> Steps:
    """Over a WebSocket, send a word to remember with `generate: false`, then ask for it by that response's id."""
    first: Exchange = yield responses(gateway, REMEMBER, transport=Transport.WEBSOCKET, generate=False, note="warm up")
    if first.ok and first.error is None and isinstance(name := first.response.get("id"), str):
        yield responses(
            gateway,
            RECALL,
            transport=Transport.WEBSOCKET,
            previous_response_id=name,
            note="ask",
        )


@probe(
    "responses.websocket_warm_up",
    needs=websocket_warm_up,
    level="info",
    accepts=EVERYTHING,
)
def warm_up_generates_nothing(evidence: Evidence, claim: Claim) -> Finding:
    """With `generate: false`, a WebSocket answers with a completed response without output."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if unfinished := completed(exchange):
        return unfinished
    if exchange.items:
        return ignored(
            "option.ignored",
            "asked with generate: false, the response has {number} output items; its text is {text!q}",
            option="generate",
            number=len(exchange.items),
            text=exchange.text[:60],
        ).at(exchange.place)
    return honoured("completed without output").at(exchange.place)


@probe("responses.websocket_warm_up", needs=websocket_warm_up, level="info", accepts=EVERYTHING)
def warm_up_is_continued(evidence: Evidence, claim: Claim) -> Finding:
    """A response with `generate: false` can be continued by its id, and its input is remembered."""
    first = clear(evidence[0], claim)
    if isinstance(first, Exchange) and first.items:
        return hidden("responses.websocket_warm_up", "generate: false was ignored, so nothing was prepared")
    exchange = step(evidence, "ask", claim, refused_with="state.not_stored")
    if not isinstance(exchange, Exchange):
        return exchange
    return judge_recall(evidence[0], exchange)
