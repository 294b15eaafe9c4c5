"""What a failed connection was: in which phase, for which reason, and whether this machine is its cause."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.transport.tcp import OtherProtocolError
from gateprobe.message import Message, message, verbatim
from gateprobe.text import printable

_LOCAL: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_QUOTED: Final = 300  # characters of an error's text that are kept


@dataclass(slots=True)
class Phase:
    """The progress of an attempt, for an exact message when it stops."""

    limits: AttemptLimits
    left: bool = False
    head: bool = False
    body: int = 0

    def timeout(self) -> Message:
        """Return what did not come in time."""
        limits = self.limits
        if not self.left:
            return message("no connection within {seconds:g} s", seconds=limits.connect)
        if not self.head:
            return message("no answer within {seconds:g} s", seconds=min(limits.first_byte, limits.total))
        return message(
            "the answer stopped: silent for {silence:g} s, or not complete within {total:g} s",
            silence=limits.silence,
            total=limits.total,
        )


def network_message(error: Exception, phase: Phase, url: httpx.URL) -> Message:
    """Return how a connection failed, and in which phase."""
    reason = verbatim(printable(_reason(error), _QUOTED))
    if isinstance(error, httpx.ProxyError):
        reason = message("the proxy answered {reason}", reason=reason)
    if not phase.left:
        host = f"[{url.host}]" if ":" in url.host else url.host
        port = url.port or (443 if url.scheme in ("https", "wss") else 80)
        return message(
            "no connection to {host}:{port}: {reason}", host=printable(host, _QUOTED), port=port, reason=reason
        )
    if (other := next((inner for inner in _causes(error) if isinstance(inner, OtherProtocolError)), None)) is not None:
        return message("the server answers with {protocol}, not with HTTP/1.1", protocol=str(other))
    if not phase.head:
        return message("the connection broke before an answer began: {reason}", reason=reason)
    return message("the connection broke after {bytes:,} bytes of the body: {reason}", bytes=phase.body, reason=reason)


def _reason(error: BaseException) -> str:
    """Return the operating system's reason for an error, where there is one; the first of several."""
    for inner in _causes(error):
        if isinstance(inner, socket.gaierror):
            return (inner.strerror or "the name cannot be resolved").lower()
        if isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError) and inner.errno:
            return os.strerror(inner.errno).lower()
    return str(error) or type(error).__name__


def is_local(error: BaseException) -> bool:
    """Return whether the trouble is on our side: the proxy, no route, no answer of the resolver."""
    return any(
        isinstance(inner, httpx.ProxyError)
        or (isinstance(inner, socket.gaierror) and inner.errno == socket.EAI_AGAIN)
        or (isinstance(inner, OSError) and inner.errno in _LOCAL)
        for inner in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, of several at once the first."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, BaseExceptionGroup):
            inner = inner.exceptions[0]
            continue
        yield inner
        inner = inner.__cause__ or inner.__context__
