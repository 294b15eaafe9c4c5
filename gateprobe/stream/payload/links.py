"""Judge the link to a picture by its text: whether a client elsewhere can fetch it."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from gateprobe.message import Message, message

_INNER: Final = (".local", ".internal", ".localhost", ".lan", ".svc", ".cluster.local")


def link_flaw(link: str) -> Message | None:
    """Return why a client cannot fetch a link, as the end of a sentence about it; None where its text is fine."""
    text = link.strip()
    if text.startswith("data:"):
        return message("is a data URI, not a link")
    if text.startswith(("![", "[")) or "](" in text:
        return message("is Markdown, not a link")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return message("is not a link")
    if not parts.scheme and not parts.netloc:
        return message("has no host")
    if parts.scheme not in {"http", "https"}:
        return message("has the scheme {scheme!q}, expected https", scheme=parts.scheme)
    if not host:
        return message("has no host")
    return message("is an address of an inner network") if _is_inner(host) else None


def _is_inner(host: str) -> bool:
    """Return whether a host can be reached from one network only."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(_INNER) or "." not in host
    return not address.is_global
