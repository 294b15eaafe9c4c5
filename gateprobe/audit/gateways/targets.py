"""Resolve the gateways of an audit and their keys: the only place that reads a key from the environment."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from gateprobe.audit.gateways.consent import CALLER, OPTIONS, Consent
from gateprobe.capture import proxy_secrets, trusted_authorities
from gateprobe.errors import UsageError
from gateprobe.formats.words import count
from gateprobe.gateway import UNLISTED, Gateway, Overrides, find, known, provider_of, shipped_name
from gateprobe.record.file import Run
from gateprobe.redact import SHORTEST
from gateprobe.redact.outgoing import add_secrets
from gateprobe.reference import PERSONAS, Served, serve
from gateprobe.text import printable

DOCUMENTED: Final = tuple(name for name in PERSONAS if name not in UNLISTED)
"""The personas that an audit without arguments tests."""

_NO_KEY: Final = "no-key-needed-on-loopback"


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway and its key; an embedded one is served when the audit begins."""

    gateway: Gateway
    secret: str = field(repr=False, default="")

    @property
    def embedded(self) -> bool:
        """Whether the audit serves this gateway."""
        return self.gateway.embedded


def resolve(
    wanted: Sequence[str],
    environment: Mapping[str, str],
    overrides: Overrides | None = None,
    *,
    embedded: bool = False,
    consent: Consent | None = CALLER,
) -> tuple[Target, ...]:
    """Return the named gateways; without a name, the embedded personas, so that a bare command costs nothing.

    `consent` decides which variable is sent to which address; None is for a plan, which sends none.

    Raises:
        UsageError: a gateway is unknown, is named twice, or has no embedded reference; its key is not set; the
            certificates that the environment names cannot be loaded; or nobody agreed to the variable and address
            that a file chose.
    """
    if not wanted:
        return tuple(target for name in DOCUMENTED for target in _embedded(name))
    if embedded and (unserved := next((name for name in wanted if _persona(name) not in PERSONAS), "")):
        raise UsageError(
            f"{printable(unserved, 120)} has no embedded reference; --embedded takes {', '.join(sorted(PERSONAS))}"
        )
    elsewhere = overrides is not None and overrides.base_url is not None
    targets = tuple(
        target
        for name in wanted
        for target in (
            _embedded(name, overrides)
            if (_persona(name) in UNLISTED and not elsewhere) or (embedded and _persona(name) in PERSONAS)
            else _targets(name, environment, overrides, consent)
        )
    )
    names = [target.gateway.name for target in targets]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"the gateway {name} is named twice; name each once")
    return targets


def keyed(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the documented gateways whose key is set.

    A variable that gateways of several hosts read (xAI and XAI Router) selects none of them: a key is never sent to a
    guessed host. `ambiguous` returns those.
    """
    undecided = {name for names in ambiguous(environment).values() for name in names}
    return tuple(name for name in known() if name not in undecided and environment.get(find(name).key.env))


def keyless(earlier: Iterable[Run], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the documented gateways that earlier runs audited and whose key is no longer set."""
    audited = {provider_of(name) for run in earlier if not run.header.embedded for name in run.header.gateways}
    return tuple(name for name in known() if name in audited and not environment.get(find(name).key.env, "").strip())


def ambiguous(environment: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the variables that are set and read by gateways of several hosts, each with the names of these."""
    readers: dict[str, list[Gateway]] = {}
    for name in known():
        gateway = find(name)
        readers.setdefault(gateway.key.env, []).append(gateway)
    return {
        variable: tuple(gateway.name for gateway in gateways)
        for variable, gateways in readers.items()
        if environment.get(variable) and len({urlsplit(gateway.base_url).hostname for gateway in gateways}) > 1
    }


def _persona(wanted: str) -> str:
    """Return the embedded reference that a name means, with or without an image model."""
    return shipped_name(wanted) or wanted


def _embedded(name: str, overrides: Overrides | None = None) -> tuple[Target, ...]:
    """Return an embedded reference, once for each image model; other overrides do not apply to it."""
    models = Overrides(image_models=overrides.image_models) if overrides is not None else None
    return tuple(Target(replace(column, embedded=True)) for column in find(name, models).columns())


def _targets(
    name: str, environment: Mapping[str, str], overrides: Overrides | None, consent: Consent | None
) -> tuple[Target, ...]:
    """Return a gateway with its key, once for each image model."""
    gateway = find(name, overrides)
    if consent is not None:
        trusted_authorities(gateway)  # before the first request
    if consent is not None and environment.get(gateway.key.env, "").strip():
        overridden = frozenset(option for option in OPTIONS if getattr(overrides, option, None))
        replace(consent, named=consent.named & overridden).check(name, gateway, environment)
    secret = environment.get(gateway.key.env, "").strip()
    if not secret and _on_loopback(gateway.base_url):
        secret = _NO_KEY
    if not secret:
        hint = f", or audit its embedded reference with --embedded {name}" if name in PERSONAS else ""
        raise UsageError(
            f"{gateway.key.env} is not set, and {gateway.title} needs a key: export it{hint},"
            " or name another variable with --key-env"
        )
    if len(secret) < SHORTEST:
        raise UsageError(
            f"{gateway.key.env} has {count(len(secret), 'character')}, too few to be hidden in reports without hiding"
            f" plain words; a key has {SHORTEST} or more"
        )
    if not secret.isascii() or not secret.isprintable():
        raise UsageError(f"{gateway.key.env} contains a character that is not allowed in an HTTP header; set it again")
    if secret != _NO_KEY:
        add_secrets((secret, *proxy_secrets()))
    return tuple(Target(column, secret) for column in gateway.columns())


def _on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def served(targets: Sequence[Target], *, delay: float = 0.0) -> Iterator[tuple[Target, ...]]:
    """Serve the embedded gateways on loopback while the block runs; yield all targets with addresses and keys."""
    with ExitStack() as stack:
        ready = []
        personas: dict[str, Served] = {}
        for target in targets:
            if not target.embedded:
                ready.append(target)
                continue
            name = target.gateway.provider
            if name not in personas:
                personas[name] = stack.enter_context(serve(name, delay=delay))
            persona = personas[name]
            ready.append(Target(replace(target.gateway, base_url=persona.url), persona.key))
        yield tuple(ready)


def shard_of(targets: Sequence[Target], shard: str | None) -> tuple[Target, ...]:
    """Return the part of the gateways that belongs to a shard (`3/8`): whole gateways, so that nothing is paid twice.

    Raises:
        UsageError: the shard is not written `K/N`, or contains no gateway.
    """
    if shard is None:
        return tuple(targets)
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", shard)
    if match is None or int(match[1]) > int(match[2]):
        raise UsageError(f"--shard {shard}: expected K/N with K from 1 to N, as in 3/8")
    part = tuple(targets[int(match[1]) - 1 :: int(match[2])])
    if not part:
        most = count(len(targets), "shard")
        raise UsageError(f"--shard {shard} contains no gateway: {count(len(targets), 'gateway')} make at most {most}")
    return part
