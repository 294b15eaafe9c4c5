"""Which gateway is meant: a name in `gateways/`, a TOML file, or a URL that takes OpenAI's claims as its own."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from gateprobe.errors import NoSuchGatewayError, UsageError
from gateprobe.gateway.file import load
from gateprobe.gateway.types import Gateway, KeyRule, Models
from gateprobe.resources import GATEWAYS
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

REFERENCE: Final = "openai"
"""The gateway whose claims every other one is compared with."""

UNLISTED: Final = frozenset({"oversold"})
"""Gateways that exist for practice alone: found by name, but in no list of real ones."""

_ADDRESS: Final = re.compile(
    r"(?P<host>[a-z0-9-]+(?:[.][a-z0-9-]+)*)(?P<port>:\d{1,5})?(?P<path>/[!-~]+)?/?", re.ASCII | re.IGNORECASE
)
"""An address without its scheme: `127.0.0.1:8000`, `api.example.com/v1`."""


_AGENT: Final = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says in place of the file: None leaves the file's word."""

    key_env: str | None = None
    text_model: str | None = None
    image_models: tuple[str, ...] = ()
    base_url: str | None = None
    user_agent: str | None = None

    def on(self, gateway: Gateway) -> Gateway:
        """Return the gateway as overridden.

        Raises:
            NoSuchGatewayError: the address is none.
            UsageError: the user agent is not a valid header value.
        """
        if self.base_url is not None and _address(self.base_url).username is not None:
            raise NoSuchGatewayError(
                "The address of a gateway has no user name; a key belongs in an environment variable."
            )
        baseline = gateway.baseline
        if self.user_agent is not None:
            if not _AGENT.fullmatch(self.user_agent):
                raise UsageError("--user-agent: expected up to 200 ASCII characters, without a line end")
            others = {name: value for name, value in baseline.headers.items() if name.lower() != "user-agent"}
            baseline = replace(baseline, headers=others | {"User-Agent": self.user_agent})
        key, models = gateway.key, gateway.models
        return replace(
            gateway,
            key=replace(key, env=self.key_env) if self.key_env else key,
            models=Models.of(self.text_model or models.text, self.image_models or models.images or (models.image,)),
            base_url=(self.base_url or gateway.base_url).rstrip("/"),
            baseline=baseline,
        )


def known() -> tuple[str, ...]:
    """Return the names in `gateways/`, sorted, the reference first; gateways for practice are left out."""
    names = {path.stem for path in GATEWAYS.glob("*.toml")} - UNLISTED
    return tuple(sorted(names, key=lambda name: (name != REFERENCE, name)))


@cache
def reference() -> Gateway:
    """Return OpenAI's gateway, whose claims are the reference."""
    return load(GATEWAYS / f"{REFERENCE}.toml")


def find(wanted: str, overrides: Overrides | None = None) -> Gateway:
    """Find a gateway by name, by the path of a TOML file, or by URL; `name/model` is one with that image model.

    Raises NoSuchGatewayError with the nearest names, or GatewayFileError where the file is wrong.
    """
    overrides = overrides or Overrides()
    if re.match(r"[a-z][a-z0-9+.-]*://", wanted, re.IGNORECASE):
        return overrides.on(_at(wanted))
    if re.fullmatch(r"[a-z0-9-]+", wanted) and (GATEWAYS / f"{wanted}.toml").is_file():
        return overrides.on(load(GATEWAYS / f"{wanted}.toml"))
    is_file = wanted.endswith(".toml") or Path(wanted).is_file()
    if name := shipped_name(wanted):
        return overrides.on(load(GATEWAYS / f"{name}.toml").column(wanted.partition("/")[2]))
    if not is_file and (url := _meant_address(wanted)):
        raise NoSuchGatewayError(f'"{wanted}" is no address without http:// or https://; did you mean {url}?')
    if is_file or "/" in wanted:
        return overrides.on(load(Path(wanted)))
    hint = did_you_mean(wanted, (*known(), *UNLISTED), f"known are {', '.join((*known(), *UNLISTED))}.")
    raise NoSuchGatewayError(
        f'No gateway is called "{printable(wanted, 80)}", and it is neither a TOML file nor a URL; {hint}'
    )


def shipped_name(wanted: str) -> str:
    """Return the gateway of `gateways/` that `name/model` means; empty for anything else, and where it is a file."""
    name, _, model = wanted.partition("/")
    is_file = wanted.endswith(".toml") or Path(wanted).is_file()
    return name if model and not is_file and name in {*known(), *UNLISTED} else ""


def _meant_address(wanted: str) -> str:
    """Return the URL that an address without its scheme was meant to be; empty where it looks like none."""
    match = _ADDRESS.fullmatch(wanted)
    if match is None or not (match["port"] or "." in match["host"] or match["host"] == "localhost"):
        return ""
    return f"{'http' if _is_near(match['host']) else 'https'}://{wanted.rstrip('/')}{'' if match['path'] else '/v1'}"


def _is_near(host: str) -> bool:
    """Return whether a host is this machine or in a private network, where nobody has a certificate."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def _address(url: str) -> SplitResult:
    """Split an address; what is no address, or has a port beyond 65535, is refused."""
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0
    except ValueError:
        named = None
    if not named or parts.scheme not in {"http", "https"}:
        shown = printable(url, 120)
        raise NoSuchGatewayError(f'"{shown}" is no address of a gateway; expected http:// or https:// and a host.')
    return parts


def _at(url: str) -> Gateway:
    """Make a gateway of a bare URL: it calls itself OpenAI-compatible by being given here."""
    parts = _address(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise NoSuchGatewayError(
            f'The address of "{parts.hostname}" may hold a path and nothing after it; '
            "a key belongs in an environment variable."
        )
    host = re.sub(r"[^a-z0-9]+", "-", parts.netloc.lower()).strip("-")
    return replace(
        reference(),
        name=host,
        title=parts.netloc,
        about="Given as a URL, so OpenAI's claims are taken as its own.",
        adopted=True,
        base_url=url.rstrip("/"),
        key=KeyRule(_key_env(parts.hostname or "")),
    )


def _key_env(host: str) -> str:
    """Name the key's variable for a bare URL: OpenAI's own key is never sent to anyone else's server."""
    return "OPENAI_API_KEY" if host == "api.openai.com" else "GATEPROBE_API_KEY"
