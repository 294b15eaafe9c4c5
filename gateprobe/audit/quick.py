"""A smoke audit without pytest, for a product's own suite: one gateway, its needs, a folder, a run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from filelock import FileLock

from gateprobe.audit import settings
from gateprobe.audit.auditing import Audit, Settings, all_items, captured
from gateprobe.audit.target import Target, resolve, served
from gateprobe.capture import Audited, Patience, Silent, capture, proxy_secrets
from gateprobe.clients import replay
from gateprobe.errors import NoSuchRunError, UsageError
from gateprobe.evidence import entries
from gateprobe.gateway import Overrides, reference
from gateprobe.judge.judging import judge_all
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.redact import Redactor
from gateprobe.store import folder as store

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}")  # what an option on a command line can hold
_OLD: Final = 86_400.0  # seconds after which a session's folder is thrown away


def quick(gateway: str, needs: Sequence[str], folder: Path, environment: Mapping[str, str], home: Path) -> Run:
    """Audit one gateway in the smoke tier into `folder`, or read the audit that another process has made there.

    `home` holds the settings file, whose addresses, models and key variable count here too.

    Raises:
        UsageError: the gateway is unknown, its key is not set, or the folder cannot be used.
    """
    overrides = _overrides(settings.read(home))
    where = folder / re.sub(r"[^A-Za-z0-9.-]+", "-", gateway)
    (target,) = resolve([gateway], environment, overrides)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        with FileLock(f"{where}.lock"):
            if (where / "run.jsonl").is_file():
                return record.load(where)
            return _audited(Audit(where, (target,), Settings(Tier.SMOKE, tuple(needs))), environment)
    except OSError as error:
        raise UsageError(f"the audit cannot be kept in {where}: {error.strerror or error}") from None


def _audited(audit: Audit, environment: Mapping[str, str]) -> Run:
    items = all_items([target.gateway for target in audit.targets], audit.settings)
    audit.open()
    try:
        with ExitStack() as stack:
            ready = stack.enter_context(served(audit.targets))
            audit.capture(items, ready, Silent())
        names = [target.gateway.name for target in audit.targets]
        if any(item.probe.module == "clients" for item in items):
            replay(audit.folder, names, environment)
        evidence = captured(audit.folder, names)
        audit.finish(judge_all(items, reference(), evidence))
    finally:
        audit.close()
    return record.load(audit.folder)


def listed(target: Target, folder: Path, patience: Patience) -> tuple[str, ...]:
    """Ask a gateway which models it lists, into `folder`; nothing where it does not say."""
    items = [one for one in items_for(target.gateway, probes(), Tier.SMOKE) if one.probe.capability == "models.list"]
    asked = Audited(target.gateway, target.secret, scenario_runs_of(items))
    capture([asked], folder, Redactor([target.secret], proxy_secrets()), Silent(), patience)
    answers = [one for evidence in store.read(folder, target.gateway.name).values() for one in evidence.exchanges]
    names = (entry.get("id") for answer in answers if answer.ok for entry in entries(answer.json()))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and _PLAIN_ID.fullmatch(name)))


def _tidy(folder: Path) -> None:
    """Throw away what earlier sessions left beside a folder more than a day ago."""
    for old in folder.parent.iterdir():
        if old != folder and old.is_dir() and folder.stat().st_mtime - old.stat().st_mtime > _OLD:
            shutil.rmtree(old, ignore_errors=True)


def stored(folder: Path, gateway: str) -> Run:
    """Give a run that a gate has left, with what it holds of one gateway (its name, or its file).

    Raises:
        NoSuchRunError: there is no run, it never came to its end, or it does not hold the gateway.
    """
    run = record.load(folder)
    if run.footer is None:
        raise NoSuchRunError(f"{folder} holds a run that never came to its end")
    name = Path(gateway).stem if gateway.endswith(".toml") else gateway
    if name not in run.header.gateways:
        raise NoSuchRunError(f"{folder} holds no audit of {name}, only of {', '.join(run.header.gateways)}")
    mine = tuple(one for one in run.records if one.gateway == name)
    return replace(run, header=replace(run.header, gateways=(name,)), records=mine)


def _overrides(found: settings.FromFile) -> Overrides:
    values = {key.replace("_", "-"): value for key, value in found.values.items()}
    return Overrides(*(values.get(name) for name in ("key-env", "text-model", "image-model", "base-url")))
