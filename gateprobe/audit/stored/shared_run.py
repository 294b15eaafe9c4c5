"""Share one smoke audit of each gateway between the processes of a test session."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from filelock import FileLock

from gateprobe.audit import settings_file
from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.consent import NOTHING_NAMED
from gateprobe.audit.gateways.targets import resolve
from gateprobe.audit.request import read_overrides
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.origin import with_origin
from gateprobe.errors import NoSuchRunError, UsageError
from gateprobe.model import Tier
from gateprobe.record import file as record
from gateprobe.record.file import Run

_DAY: Final = 86_400.0  # seconds after which the folder of a session is deleted


def audit_once(gateway: str, needs: Sequence[str], folder: Path, environment: Mapping[str, str], home: Path) -> Run:
    """Audit one gateway in the smoke tier into `folder`, or read the audit of another process there.

    `home` contains the settings file, whose addresses, models and key variable apply here too.

    Raises:
        UsageError: the gateway is unknown, its key is not set, or the folder cannot be used.
    """
    from_file = {key.replace("-", "_"): value for key, value in settings_file.read(home).values.items()}
    place = folder / re.sub(r"[^A-Za-z0-9.-]+", "-", gateway)
    targets = resolve([gateway], environment, read_overrides(from_file), consent=NOTHING_NAMED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _delete_old(folder)
        with FileLock(f"{place}.lock"):
            if (place / "run.jsonl").is_file():
                return record.load(place)
            return audit(targets, Settings(Tier.SMOKE, tuple(needs)), place, environment=environment).run
    except OSError as error:
        raise UsageError(f"the audit cannot be stored in {place}: {error.strerror or error}") from None


def _delete_old(folder: Path) -> None:
    """Delete the audits that earlier sessions stored beside a folder more than a day ago."""
    for old in folder.parent.iterdir():
        if old != folder and old.is_dir() and folder.stat().st_mtime - old.stat().st_mtime > _DAY:
            shutil.rmtree(old, ignore_errors=True)


def read_stored(folder: Path, gateway: str) -> Run:
    """Read the stored run of a gate, and its part about one gateway (a name or a file).

    The header of a run that was judged elsewhere says so.

    Raises:
        NoSuchRunError: there is no run, it did not finish, or it does not contain the gateway.
    """
    run = with_origin(record.load(folder))
    if run.footer is None:
        raise NoSuchRunError(f"{folder} contains a run that did not finish")
    name = Path(gateway).stem if gateway.endswith(".toml") else gateway
    if name not in run.header.gateways:
        raise NoSuchRunError(f"{folder} contains no audit of {name}, only of {', '.join(run.header.gateways)}")
    records = tuple(record for record in run.records if record.gateway == name)
    return replace(run, header=replace(run.header, gateways=(name,)), records=records)
