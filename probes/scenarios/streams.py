"""Every captured stream as evidence; most probes of streams send no request of their own."""

from __future__ import annotations

from typing import Final

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.model import Json
from gateprobe.probe import Selection
from gateprobe.request import Buy
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.images import NOISE, POLICY, streamed_picture
from ..scenarios.responses import asks_for_picture, red_square_stream, words_streamed
from ..support.mistakes import mistake_in

BLOCKED: Final = Phrase("Draw a photorealistic picture of a nude person.", f"Draw this: {POLICY.template}")
"""A prompt that OpenAI's safety system blocks; sent in the deep tier only."""

_MOST_PIXELS: Final = 2048 * 2048


@scenario(tier="deep", last=True)
def blocked_stream(gateway: Gateway) -> Steps:
    """Ask, as a stream, for a picture that the safety system blocks; deep only, since vendors may count such blocks.

    Its error may come on a running stream. It comes last, since a stream that failed counts as a picture of the budget.
    """
    yield responses(gateway, BLOCKED, tools=[image_tool(gateway)], stream=True)


@scenario(images=lambda size: (Buy(1, size, "low"),), tier="deep")
def large_picture(gateway: Gateway, size: str) -> Steps:
    """Draw colour noise of the largest documented size up to 2048x2048, as a stream."""
    yield responses(gateway, NOISE, tools=[image_tool(gateway, size=size)], stream=True, buys=1)


def largest_size(gateway: Gateway) -> tuple[Json, ...]:
    """Return the largest documented size up to 2048x2048, which `large_picture` draws."""
    documented = [size for size in gateway.claim("responses.image.size").values if "x" in str(size)]
    fits = [size for size in documented if _pixels(size) <= _MOST_PIXELS]
    return (max(fits, key=_pixels, default="1536x1024"),)


def _pixels(size: str) -> int:
    width, _, height = size.partition("x")
    return int(width) * int(height)


def _is_stream(exchange: Exchange) -> bool:
    return exchange.ok and exchange.is_stream and not _resumes_nowhere(exchange) and not _is_refused_mistake(exchange)


def _is_refused_mistake(exchange: Exchange) -> bool:
    """Return whether a mistake was refused by the only event of a stream: how it is refused is another capability."""
    return mistake_in(exchange.request) is not None and len(exchange.frames) == 1 and exchange.error is not None


def _resumes_nowhere(exchange: Exchange) -> bool:
    """Return whether a stored stream was asked for after one of its events, and nothing came: resuming is at fault."""
    return any(name == "starting_after" for name, _ in exchange.request.query) and not exchange.frames


def _was_to_stream(exchange: Exchange) -> bool:
    """Return whether a stream was requested; for stored responses, the capability of resuming reports its absence."""
    is_asked = exchange.ok and exchange.request.streams and exchange.request.method == "POST"
    return is_asked and (exchange.is_stream or exchange.error is None)


def _draws(exchange: Exchange) -> bool:
    return _is_stream(exchange) and asks_for_picture(exchange) and b"image_generation_call" in exchange.body


def _may_fail(exchange: Exchange) -> bool:
    return exchange.is_stream


_LEAST: Final = (words_streamed, red_square_stream)

STREAMS: Final = Selection("every stream that came", _LEAST, _is_stream, missing_reason=message("no stream came"))
ENDED_STREAMS: Final = Selection(
    "every stream that came",
    (*_LEAST, streamed_picture),
    _is_stream,
    missing_reason=message("no stream came"),
)
"""The same, of at least three requests."""

ASKED_STREAMS: Final = Selection(
    "every answer that was to be a stream", _LEAST, _was_to_stream, missing_reason=message("no stream was answered")
)
PICTURE_STREAMS: Final = Selection(
    "every stream of the image tool",
    (red_square_stream,),
    _draws,
    missing_reason=message("no stream with a picture came"),
)
FAILED_STREAMS: Final = Selection(
    "every stream, those that failed too", (blocked_stream,), _may_fail, missing_reason=message("no stream came")
)
