"""Requests with a mistake in them, sent to be refused: all of them free."""

from __future__ import annotations

from typing import Final

from gateprobe.build import OMIT, generations, get, image_tool, responses
from gateprobe.gateway import Gateway
from gateprobe.model import Stance
from gateprobe.plan.oddities import CASES, Odd, told, without
from gateprobe.request import RawBody, Request
from gateprobe.scenario import Steps, scenario

from ..scenarios.images import POLICY
from ..support.mistakes import NOWHERE

ODD: Final = "odd: "
"""How the note of a request with odd values begins."""

BROKEN: Final = b'{"model": "gpt-image-2", "prompt": "Draw a red squ'


def draws(gateway: Gateway) -> bool:
    """Say whether requests about errors go to the Images endpoint: not where the documents show Responses alone."""
    converses = gateway.claim("responses.image.stream").stance is Stance.OFFERED
    return not converses or gateway.claim("images.generate").stance is not Stance.SILENT


@scenario(tier="smoke")
def missing_field(gateway: Gateway) -> Steps:
    """Leave out a field that is required: the prompt, or the input."""
    yield generations(gateway, OMIT) if draws(gateway) else responses(gateway, OMIT)


@scenario()
def broken_json(gateway: Gateway) -> Steps:
    """Send a JSON body that ends in the middle."""
    whole = generations(gateway) if draws(gateway) else responses(gateway)
    yield whole.with_(body=RawBody(BROKEN, "application/json"))


@scenario()
def unknown_path(gateway: Gateway) -> Steps:
    """Ask for a path that nobody serves."""
    yield get(gateway, NOWHERE)


@scenario()
def streamed_mistake(gateway: Gateway) -> Steps:
    """Ask for a stream of a picture of 512x512, which the model cannot draw."""
    if draws(gateway):
        yield generations(gateway, stream=True, size="512x512")
    else:
        yield responses(gateway, tools=[image_tool(gateway, size="512x512")], stream=True)


@scenario(requests=len(CASES), tier="deep")
def odd_inputs(gateway: Gateway) -> Steps:
    """Ask for pictures with handfuls of odd values; of one that is not refused, leave out what it does not take."""
    for case in CASES:
        answer = yield _odd(gateway, case)
        if not answer.is_refusal:
            yield from _shrunk(gateway, case)
            return


def _odd(gateway: Gateway, case: Odd) -> Request:
    return generations(gateway, **case).with_(note=f"{ODD}{told(case)}")


def _shrunk(gateway: Gateway, case: Odd) -> Steps:
    for name in tuple(case):
        fewer = without(case, name)
        if fewer is None:
            return
        answer = yield _odd(gateway, fewer)
        case = case if answer.is_refusal else fewer


@scenario(tier="deep")
def blocked_prompt(gateway: Gateway) -> Steps:
    """Ask for a picture that the safety system blocks; deep only, since vendors may count blocks against an account."""
    yield generations(gateway, POLICY) if draws(gateway) else responses(gateway, POLICY, tools=[image_tool(gateway)])
