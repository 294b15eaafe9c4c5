"""The set-ups of real servers, each with the findings that an audit must have: read from `set_ups.toml`."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

from gateprobe import codec
from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.gateway import Gateway, find
from gateprobe.model import Level, Tier, Verdict
from gateprobe.plan.planning import Item
from gateprobe.record.file import Record
from gateprobe.reference import serve
from tests.support.servers.applications import APPLICATIONS, Upstream, run_application
from tests.support.servers.programs import find_program
from tests.support.servers.proxies import PROXIES, run_proxy

BESIDES: Final = ("transport.large_request", "responses.previous_response_id_websocket")
"""Capabilities of the deep tier that servers break, and that cost little."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A server with its settings, and what an audit must find of it.

    `expected` has fault kinds by capability: what has to be contradicted. `allowed` has capabilities by fault kind, as
    patterns: what follows from the same cause, is true, and may be contradicted too. `delay` is the seconds that the
    persona behind the server takes for a picture, `faults` are what it is given. `claims` is the gateway file that the
    server is held to.
    """

    name: str
    server: str
    about: str
    settings: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, str] = field(default_factory=dict)
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delay: float = 0.2
    jobs: int = 4
    faults: tuple[str, ...] = ()
    claims: str = "openai"

    def explains(self, record: Record) -> bool:
        """Return whether a contradiction is expected, or follows from what is."""
        if self.expected.get(record.capability) == record.fault_kind:
            return True
        patterns = self.allowed.get(record.fault_kind, ())
        return any(fnmatchcase(record.capability, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an audit of a set-up found, beside what it must find."""

    set_up: SetUp
    records: tuple[Record, ...]

    @property
    def contradicted(self) -> tuple[Record, ...]:
        """The records that are held against the server."""
        return tuple(record for record in self.records if record.verdict is Verdict.CONTRADICTED)

    @property
    def missed(self) -> tuple[str, ...]:
        """The expected findings that the audit does not have."""
        observed = {(record.capability, record.fault_kind) for record in self.contradicted}
        return tuple(name for name, kind in self.set_up.expected.items() if (name, kind) not in observed)

    @property
    def extra(self) -> tuple[Record, ...]:
        """The contradictions at must or should that nobody expects."""
        return tuple(
            record
            for record in self.contradicted
            if record.level is not Level.INFO and not self.set_up.explains(record)
        )


@cache
def load_set_ups() -> tuple[SetUp, ...]:
    """Return all set-ups, in the order of the file."""
    text = Path(__file__).with_name("set_ups.toml").read_text("utf-8")
    return tuple(codec.from_plain(SetUp, entry) for entry in tomllib.loads(text)["set_ups"])


def missing_program(set_up: SetUp, folders: Sequence[Path]) -> str:
    """Return the command that installs what a set-up lacks; empty where it lacks nothing."""
    if set_up.server in PROXIES:
        proxy = PROXIES[set_up.server]
        return "" if find_program(proxy.program) else f"apt-get install {proxy.package}"
    application = APPLICATIONS[set_up.server]
    return "" if application.command(folders) else application.install


def audit_set_up(set_up: SetUp, run: Path, folders: Sequence[Path] = (), only: Sequence[str] = ()) -> Comparison:
    """Audit a set-up nightly, into a run folder: all of it, or only some capabilities.

    The official clients are left out: they need packages of their own, and read what other probes judge.
    """

    def select(items: Sequence[Item]) -> Sequence[Item]:
        return [
            item for item in items if item.probe.module != "clients" and (not only or item.probe.capability in only)
        ]

    with _served(set_up, folders) as target:
        settings = Settings(tier=Tier.NIGHTLY, needs=BESIDES, jobs=set_up.jobs, seed=1)
        finished = audit((target,), settings, run, select=select)
    return Comparison(set_up, tuple(finished.run.records))


@contextmanager
def _served(set_up: SetUp, folders: Sequence[Path]) -> Iterator[Target]:
    gateway = find(set_up.claims)
    reference = find("openai")
    with (
        tempfile.TemporaryDirectory() as folder,
        serve("openai", delay=set_up.delay, faults=set_up.faults) as persona,
    ):
        if set_up.server in PROXIES:
            with run_proxy(set_up.server, Path(folder), persona.url, set_up.settings) as url:
                yield Target(replace(gateway, base_url=f"{url}/v1"), persona.key)
            return
        command = APPLICATIONS[set_up.server].command(folders) or ()
        upstream = Upstream(persona.url, persona.key, reference)
        with run_application(set_up.server, Path(folder), upstream, command) as running:
            yield Target(_asked(gateway, reference, running.url, running.headers), running.key)


def _asked(gateway: Gateway, reference: Gateway, url: str, headers: Mapping[str, str]) -> Gateway:
    baseline = replace(gateway.baseline, headers={**gateway.baseline.headers, **headers})
    return replace(gateway, base_url=url, models=reference.models, key=reference.key, baseline=baseline)
