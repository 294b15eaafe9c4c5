"""Ordinary exchanges with the API: which these are, and how a sentence names one."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import POLLED, Exchange, MalformedAnswerError, at, json_text
from gateprobe.message import Message, message
from gateprobe.model import Cause
from gateprobe.probe import REFUSAL, Selection
from gateprobe.request import Request, Transport
from gateprobe.scenario import Scenario

from ..support.mistakes import mistake_in

ANYTHING: Final = (REFUSAL, *Cause)
"""In `accepts`, for probes that judge how a gateway refuses: they see every refusal and every obstacle."""

_BEFORE: Final = (402, 403, 408, 429)
_PAGES: Final = (408, 413, 429)
"""Statuses that web servers in front of an API answer with, too."""


def is_api(exchange: Exchange) -> bool:
    """Return whether an exchange is an ordinary request to the API: no link, no preflight, no WebSocket."""
    request: Request = exchange.request
    ordinary = request.path.startswith("/") and request.method != "OPTIONS" and request.note != POLLED
    return ordinary and request.transport is Transport.HTTP


def is_api_refusal(exchange: Exchange) -> bool:
    """Return whether the API refused, and all of its answer came.

    A 413 comes from the web server in front of it, and so does a limit of rates or of time that is no JSON.
    """
    status = exchange.status or 0
    is_whole = exchange.last.failure is None or exchange.broke_after_end
    return is_api(exchange) and 400 <= status < 500 and is_whole and not _is_of_web_server(exchange)


def _is_of_web_server(exchange: Exchange) -> bool:
    return exchange.status == 413 or (exchange.status in _PAGES and exchange.content_type in ("text/html", ""))


def came_before(exchange: Exchange) -> bool:
    """Return whether a refusal came before the gateway looked at the mistake: of rates, of the account."""
    return exchange.status in _BEFORE or (exchange.error is not None and exchange.error.names_quota)


def is_mistaken(exchange: Exchange) -> bool:
    """Return whether an answered request to the API was sent with a mistake in it."""
    return is_api(exchange) and exchange.status is not None and mistake_in(exchange.request) is not None


def is_plain(name: str) -> bool:
    """Return whether an id can be part of a path unescaped, and stays one segment of it."""
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()


def plain_id(exchange: Exchange) -> str:
    """Return the response's id; raises MalformedAnswerError where it could not be part of a path unescaped."""
    name = at(exchange.response, "id")
    if not isinstance(name, str) or not is_plain(name):
        raise MalformedAnswerError("answer.fields", "the response's id is {value}", value=json_text(name))
    return name


def mistaken_requests(*required: Scenario) -> Selection:
    """Return the selection of every answered request with a mistake in it; `required` are the least that it needs."""
    return Selection(
        "every request with a mistake in it", required, is_mistaken, missing_reason=message("no mistake was answered")
    )


EVERY_ANSWER: Final = Selection(
    "every answer", (), lambda _exchange: True, missing_reason=message("nothing was answered")
)
"""Everything that was answered; also the evidence of probes about what nobody outside can see."""


def described(exchange: Exchange) -> Message:
    """Return the name of an exchange for a sentence: its method and path, and the mistake in it."""
    request = exchange.request
    mistake = mistake_in(request)
    if mistake is None:
        return message("{method} {path}", method=request.method, path=request.path)
    return message("{method} {path} with {mistake}", method=request.method, path=request.path, mistake=mistake.what)
