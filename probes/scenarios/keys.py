"""Requests that differ in the key alone: on streams, over a WebSocket, and beside an answer that a right key got."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.build import RED_SQUARE, generations, get, models, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.request import Auth, Request, Transport
from gateprobe.scenario import Steps, scenario

from ..scenarios.images import Drawn, drawn
from ..scenarios.responses import WORD, single_word
from ..support.api import plain_id

SHARED: Final = single_word("shared", 2)
"""A question that no other scenario asks, so that only this one can have brought its answer into a cache."""

STORED: Final = "a stored response"
BEFORE: Final = "before"
RIGHT: Final = "right key"
AGAIN: Final = "right key again"
AFTER: Final = "after"


def _streamed(gateway: Gateway, auth: Auth) -> Iterator[Request]:
    """Yield a stream of each endpoint that draws or answers."""
    if gateway.path("responses") is not None:
        yield responses(gateway, WORD, auth=auth, stream=True, note="a stream of POST /responses")
    if gateway.path("generations") is not None:
        note = "a stream of POST /images/generations"
        yield generations(gateway, auth=auth, stream=True, note=note)


@scenario(requests=2)
def streams_with_bogus_key(gateway: Gateway) -> Steps:
    """Ask for streams with a key that does not exist."""
    yield from _streamed(gateway, Auth.BOGUS)


@scenario(requests=2)
def streams_without_key(gateway: Gateway) -> Steps:
    """Ask for streams without a key."""
    yield from _streamed(gateway, Auth.NONE)


def _websocket(gateway: Gateway, auth: Auth) -> Steps:
    if gateway.path("responses") is not None:
        yield responses(gateway, WORD, auth=auth, transport=Transport.WEBSOCKET, note="a WebSocket")


@scenario()
def websocket_with_bogus_key(gateway: Gateway) -> Steps:
    """Open a WebSocket with a key that does not exist, and ask for one word."""
    yield from _websocket(gateway, Auth.BOGUS)


@scenario()
def websocket_without_key(gateway: Gateway) -> Steps:
    """Open a WebSocket without a key, and ask for one word."""
    yield from _websocket(gateway, Auth.NONE)


@scenario(requests=2)
def altered_key(gateway: Gateway) -> Steps:
    """Ask each endpoint with the right key whose last character is another one."""
    if gateway.path("responses") is not None:
        yield responses(gateway, WORD, auth=Auth.ALTERED, note="POST /responses")
    if gateway.path("generations") is not None:
        yield generations(gateway, auth=Auth.ALTERED, note="POST /images/generations")


@scenario(requests=4)
def shared_models(gateway: Gateway) -> Steps:
    """Ask for the models list with an invented key, with the right one, and again with an invented one and none."""
    yield models(gateway, auth=Auth.BOGUS).with_(note=BEFORE)
    yield models(gateway).with_(note=RIGHT)
    yield models(gateway, auth=Auth.BOGUS).with_(note=AFTER)
    yield models(gateway, auth=Auth.NONE).with_(note=AFTER)


@scenario(requests=4)
def stored_for_other_keys(gateway: Gateway) -> Steps:
    """Store an answer with the right key, fetch it with that key, with an invented one and with none."""
    created: Exchange = yield responses(gateway, WORD, store=True, note="create")
    if not created.ok:
        return
    path = f"{created.request.path}/{plain_id(created)}"
    fetched: Exchange = yield get(gateway, path, note=STORED)
    if fetched.ok:
        yield get(gateway, path, note=STORED, auth=Auth.BOGUS)
        yield get(gateway, path, note=STORED, auth=Auth.NONE)


def _shared(request: Request) -> Drawn:
    """Send a request with an invented key, twice with the right one, and again with an invented one and none."""
    free = request.with_(buys=())
    yield free.with_(auth=Auth.BOGUS, note=BEFORE)
    yield from drawn(request.with_(note=RIGHT))
    yield from drawn(request.with_(note=AGAIN))
    yield free.with_(auth=Auth.BOGUS, note=AFTER)
    return (yield free.with_(auth=Auth.NONE, note=AFTER))


@scenario(requests=5)
def shared_words(gateway: Gateway) -> Steps:
    """Ask one question with an invented key, twice with the right one, and again with an invented one and none."""
    yield from _shared(responses(gateway, SHARED))


@scenario(images=2, requests=5, tier="deep")
def shared_picture(gateway: Gateway) -> Steps:
    """Draw one picture with an invented key, twice with the right one, and again with an invented one and none."""
    yield from _shared(generations(gateway, RED_SQUARE, buys=1))
