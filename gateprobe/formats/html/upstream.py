"""The upstream's side of an exchange, which a page shows next to the client's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Exchange, KeyUsed, UpstreamExchange
from gateprobe.formats.words import milliseconds
from gateprobe.language import translated
from gateprobe.message import sentence

_EXCERPT: Final = 700  # characters of a body that is shown at once
_READ: Final = 400_000  # bytes of a body that are looked at for an excerpt
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=_-]{160,}")


KEYS: Final = {
    KeyUsed.UPSTREAM: "the upstream's key",
    KeyUsed.SHARED: "the key of the client and the upstream",
    KeyUsed.CLIENT: "the client's key",
    KeyUsed.OTHER: "another key",
    KeyUsed.NONE: "no key",
}


@dataclass(frozen=True, slots=True)
class UpstreamView:
    """One request that reached the upstream: a summary, both bodies, and the files that hold them."""

    line: str
    arrived: str
    sent: str
    arrived_body: str
    sent_body: str


def upstream_views(exchange: Exchange) -> tuple[UpstreamView, ...]:
    """Return the requests that the upstream received for an exchange; none if it was not recorded."""
    return tuple(_view(exchange, received) for received in exchange.upstream)


def _view(exchange: Exchange, received: UpstreamExchange) -> UpstreamView:
    return UpstreamView(
        translated("; ").join(_facts(exchange, received)),
        _text(received, received.received),
        _text(received, received.sent),
        f"evidence/bodies/{received.received}" if received.received else "",
        f"evidence/bodies/{received.sent}" if received.sent else "",
    )


def _facts(exchange: Exchange, received: UpstreamExchange) -> Iterator[str]:
    late = max(0.0, received.ms_after(exchange.last.started))
    request = f"{received.method} {received.path}"
    yield sentence(
        "{request} arrived {time} after it was sent, with {key}",
        request=request,
        time=milliseconds(late),
        key=translated(KEYS[received.key]),
    )
    if received.status is not None:
        yield sentence(
            "answered with {status} in {time}", status=received.status, time=milliseconds(received.elapsed_ms)
        )
    if received.left_ms is not None:
        yield sentence("the gateway closed the connection after {time}", time=milliseconds(received.left_ms))
    elif not received.ended:
        yield sentence("not sent whole")


def _shortened(match: re.Match[str]) -> str:
    number = sentence("{number:,} characters", number=len(match.group()))
    return f"{match.group()[:12]}…({number})"


def _text(received: UpstreamExchange, sha256: str) -> str:
    """Return the beginning of a body, long base64 by its length; empty where it cannot be read."""
    try:
        body = received.read(sha256) if sha256 else b""
    except BrokenRunError:
        return ""
    text = _BASE64.sub(_shortened, body[:_READ].decode("utf-8", "replace"))
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"
