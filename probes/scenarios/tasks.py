"""Requests to asynchronous tasks beyond ordering and polling: other keys, other names, a second order."""

from __future__ import annotations

from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

from gateprobe.build import generations, get
from gateprobe.evidence import Delivered, Exchange
from gateprobe.gateway import Gateway
from gateprobe.request import Auth
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

AGAIN: Final = "the finished task again"
OTHER_KEY: Final = "the finished task with an invented key"
UNKNOWN: Final = "a task that does not exist"
FIRST: Final = "the first order"
SECOND: Final = "the same order again"

_ALPHABETS: Final = (digits, ascii_lowercase, ascii_uppercase)


def unknown_name(name: str, seed: int) -> str:
    """Return a name of the same form as a task's that no task has: its second half is random."""
    draw = Random(f"{seed} {name}")  # noqa: S311 - nothing secret is drawn
    half = len(name) // 2
    drawn = (
        next((draw.choice(alphabet) for alphabet in _ALPHABETS if letter in alphabet), letter) for letter in name[half:]
    )
    return name[:half] + "".join(drawn)


@scenario(images=1, requests=7)
def finished_task(gateway: Gateway, *, seed: int) -> Steps:
    """Order a picture, and when its task is finished, poll it again, with an invented key, and under another name."""
    answer: Exchange = yield generations(gateway, buys=1)
    if not isinstance(answer, Delivered) or not answer.polls:
        return
    path = answer.polls[-1].request.path
    yield get(gateway, path, note=AGAIN)
    yield get(gateway, path, auth=Auth.BOGUS, note=OTHER_KEY)
    unknown = path.replace(answer.task, unknown_name(answer.task, seed))
    if unknown != path:
        yield get(gateway, unknown, note=UNKNOWN)


@scenario(images=2, requests=8)
def order_repeated(gateway: Gateway, *, seed: int) -> Steps:
    """Send one order twice with the same idempotency key."""
    header = gateway.tasks.idempotency if gateway.tasks is not None else "Idempotency-Key"
    headers = ((header, Phrase("gateprobe-order", "{hex 32}").of(seed)),)
    yield generations(gateway, buys=1, headers=headers, note=FIRST)
    yield generations(gateway, buys=1, headers=headers, note=SECOND)


@scenario(requests=4)
def failing_task(gateway: Gateway) -> Steps:
    """Order a picture of a size that no model draws."""
    yield generations(gateway, size="7x7")
