"""Conversations: turns that share a conversation's id instead of naming the response before."""

from __future__ import annotations

from gateprobe.build import get, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, malformed
from gateprobe.probe import probe
from gateprobe.request import JsonBody
from gateprobe.scenario import Steps, scenario

from ..responses.warm_up import RECALL, REMEMBER, judge_recall
from ..support.api import is_plain
from ..support.exchanges import EVERYTHING, step


@scenario(requests=4)
def conversation(gateway: Gateway) -> Steps:
    """Create a conversation, send it a word, ask for the word, and delete the conversation."""
    created: Exchange = yield get(gateway, "/conversations", method="POST", body=JsonBody({}), note="make")
    if not created.ok or created.error is not None:
        return
    try:
        name = str(at(created.json(), "id"))
    except MalformedAnswerError:
        return  # the probe judges it
    first: Exchange = yield responses(gateway, REMEMBER, conversation=name, note="tell")
    if first.ok and first.error is None:
        yield responses(
            gateway,
            RECALL,
            conversation=name,
            note="ask",
        )
    if is_plain(name):
        yield get(gateway, f"/conversations/{name}", method="DELETE", note="delete")


@probe("responses.conversation", needs=conversation, level="info", accepts=EVERYTHING, refused_option="conversation")
def conversation_is_continued(evidence: Evidence, claim: Claim) -> Finding:
    """Two responses with the same conversation id continue each other."""
    created = step(evidence, "make", claim)
    if not isinstance(created, Exchange):
        return created
    with created.placing_errors():
        name = at(created.json(), "id")
    if not isinstance(name, str) or not name:
        return malformed("answer.fields", "POST /conversations returned no id").at(created.place)
    first = step(evidence, "tell", claim)
    if not isinstance(first, Exchange):
        return first
    exchange = step(evidence, "ask", claim)
    if not isinstance(exchange, Exchange):
        return exchange
    return judge_recall(first, exchange)
