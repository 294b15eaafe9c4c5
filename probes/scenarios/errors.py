"""Requests with a mistake in them, which must be refused; all of them are free."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.build import OMIT, generations, get, image_tool, responses
from gateprobe.gateway import Gateway
from gateprobe.model import Stance
from gateprobe.plan.oddities import Odd
from gateprobe.plan.oddities import odd_inputs as drawn_inputs
from gateprobe.request import RawBody
from gateprobe.scenario import Steps, scenario
from gateprobe.search import SearchLimits, Trial, TrialOutcome, search

from ..scenarios.images import POLICY
from ..support.mistakes import NOWHERE
from .sizes import decides, drawn_from

DRAWN: Final = SearchLimits(drawn=16, shrunk=16, pictures=8)
"""How many requests with odd values are drawn, and how far one that is not refused is reduced."""


def draws(gateway: Gateway) -> bool:
    """Return whether requests about errors go to the Images endpoint; not where only Responses is documented."""
    converses = gateway.claim("responses.image.stream").stance is Stance.OFFERED
    return not converses or gateway.claim("images.generate").stance is not Stance.SILENT


@scenario(tier="smoke")
def missing_field(gateway: Gateway) -> Steps:
    """Leave out a required field: the prompt, or the input."""
    yield generations(gateway, OMIT) if draws(gateway) else responses(gateway, OMIT)


@scenario()
def broken_json(gateway: Gateway) -> Steps:
    """Send a JSON body that ends in the middle."""
    whole = generations(gateway) if draws(gateway) else responses(gateway)
    text = orjson.dumps(whole.json)
    yield whole.with_(body=RawBody(text[: len(text) // 2], "application/json"))


@scenario()
def unknown_path(gateway: Gateway) -> Steps:
    """Ask for a path that does not exist."""
    yield get(gateway, NOWHERE)


@scenario()
def streamed_mistake(gateway: Gateway) -> Steps:
    """Ask for a stream of a picture of 512x512, which the model cannot draw."""
    if draws(gateway):
        yield generations(gateway, stream=True, size="512x512")
    else:
        yield responses(gateway, tools=[image_tool(gateway, size="512x512")], stream=True)


@scenario(requests=DRAWN.drawn, tier="deep")
def odd_inputs(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for pictures with handfuls of odd values; if one is not refused, search for the smallest that is not."""

    def trial(case: Odd) -> Trial:
        request = generations(gateway, **case)
        answer = yield request.with_(note=drawn_from(seed))
        if not decides(answer, request):
            return None
        return TrialOutcome(fails=not answer.is_refusal, billed=answer.ok)

    yield from search(drawn_inputs(), f"{seed}/odd_inputs", trial, DRAWN)


@scenario(tier="deep")
def blocked_prompt(gateway: Gateway) -> Steps:
    """Ask for a picture that the safety system blocks; deep only, since vendors may count blocks against an account."""
    yield generations(gateway, POLICY) if draws(gateway) else responses(gateway, POLICY, tools=[image_tool(gateway)])
