"""Which gateway is meant: a name in `gateways/`, a TOML file, or a URL that takes OpenAI's claims as its own."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateprobe.errors import NoSuchGateway
from gateprobe.gateway.file import load
from gateprobe.gateway.types import Gateway, KeyRule, Models
from gateprobe.resources import GATEWAYS

REFERENCE: Final = "openai"
"""The gateway whose claims every other one is compared with."""

UNLISTED: Final = frozenset({"oversold"})
"""Gateways that exist for practice alone: found by name, but in no list of real ones."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says in place of the file: None leaves the file's word."""

    key_env: str | None = None
    text_model: str | None = None
    image_model: str | None = None
    base_url: str | None = None

    def on(self, gateway: Gateway) -> Gateway:
        """Give the gateway as overridden."""
        key, models = gateway.key, gateway.models
        return replace(
            gateway,
            key=replace(key, env=self.key_env) if self.key_env else key,
            models=Models(self.text_model or models.text, self.image_model or models.image),
            base_url=(self.base_url or gateway.base_url).rstrip("/"),
        )


def known() -> tuple[str, ...]:
    """Give the names in `gateways/`, sorted, the reference first; gateways for practice are left out."""
    names = {path.stem for path in GATEWAYS.glob("*.toml")} - UNLISTED
    return tuple(sorted(names, key=lambda name: (name != REFERENCE, name)))


@cache
def reference() -> Gateway:
    """Give OpenAI's gateway, whose claims are the reference."""
    return load(GATEWAYS / f"{REFERENCE}.toml")


def find(wanted: str, overrides: Overrides | None = None) -> Gateway:
    """Find a gateway by name, by the path of a TOML file, or by URL.

    Raises NoSuchGateway with the nearest names, or BrokenGatewayFile where the file is wrong.
    """
    overrides = overrides or Overrides()
    if re.match(r"[a-z][a-z0-9+.-]*://", wanted, re.IGNORECASE):
        return overrides.on(_at(wanted))
    if re.fullmatch(r"[a-z0-9-]+", wanted) and (GATEWAYS / f"{wanted}.toml").is_file():
        return overrides.on(load(GATEWAYS / f"{wanted}.toml"))
    if wanted.endswith(".toml") or "/" in wanted:
        return overrides.on(load(Path(wanted)))
    close = difflib.get_close_matches(wanted, (*known(), *UNLISTED), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(known())}."
    raise NoSuchGateway(f'No gateway is called "{wanted}", and it is neither a TOML file nor a URL; {hint}')


def _at(url: str) -> Gateway:
    """Make a gateway of a bare URL: it calls itself OpenAI-compatible by being given here."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NoSuchGateway(f'"{url}" is no address of a gateway; expected http:// or https:// and a host.')
    if parts.username is not None or parts.query or parts.fragment:
        raise NoSuchGateway(
            f'The address of "{parts.hostname}" may hold a path and nothing after it; '
            "a key belongs in an environment variable."
        )
    host = re.sub(r"[^a-z0-9]+", "-", parts.netloc.lower()).strip("-")
    return replace(
        reference(),
        name=host,
        title=parts.netloc,
        about="Given as a URL, so OpenAI's claims are taken as its own.",
        base_url=url.rstrip("/"),
        key=KeyRule(_key_env(parts.hostname)),
    )


def _key_env(host: str) -> str:
    """Name the key's variable for a bare URL: OpenAI's own key is never sent to anyone else's server."""
    return "OPENAI_API_KEY" if host == "api.openai.com" else "GATEPROBE_API_KEY"
