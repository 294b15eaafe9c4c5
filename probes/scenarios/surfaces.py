"""Which endpoints a gateway has: each is asked for something that it must refuse, and nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from gateprobe.build import OMIT, edits, generations, get, models, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.judge.surfaces import NOWHERE_NOTE, Surface, alternative_addresses, is_api, is_missing
from gateprobe.request import Auth, JsonBody, Request
from gateprobe.scenario import Steps, scenario

from ..support.mistakes import NOWHERE


@scenario(tier="smoke", requests=9, first=True)
def surfaces(gateway: Gateway) -> Steps:
    """Ask each endpoint for something that it must refuse, twice where it seems not to exist."""
    listed: Exchange = yield models(gateway).with_(note=Surface.MODELS)
    nowhere: Exchange = yield get(gateway, NOWHERE, method="POST", body=JsonBody({}), note=NOWHERE_NOTE)
    answers = [listed]
    for request in _refusable(gateway):
        answer: Exchange = yield request
        if is_missing(answer, nowhere):
            answer = yield request
        answers.append(answer)
    if any(is_api(answer, nowhere) for answer in answers):
        return
    for address in alternative_addresses(gateway.base_url, listed):
        answer = yield Request("GET", f"{address}/models", auth=Auth.NONE, note=address)
        if is_api(answer, None):
            return


def _refusable(gateway: Gateway) -> Iterator[Request]:
    """Yield a request without its prompt for each endpoint that draws or talks."""
    yield responses(gateway, OMIT, note=Surface.RESPONSES)
    yield generations(gateway, OMIT, note=Surface.GENERATIONS)
    yield edits(gateway, OMIT, note=Surface.EDITS)
    talk = JsonBody({"model": gateway.models.text})
    yield get(gateway, "/chat/completions", method="POST", body=talk, note=Surface.CHAT)
    order = JsonBody({"model": gateway.models.image})
    yield get(gateway, "/images/generations/async", method="POST", body=order, note=Surface.TASKS)
