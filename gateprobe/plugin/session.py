"""The audit of one pytest session: made from pytest's options, so that every xdist worker can make its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.engine import Audit
from gateprobe.audit.events import Event, Finished, Listener
from gateprobe.audit.gateways.consent import OPTIONS, Consent
from gateprobe.audit.request import read_request
from gateprobe.capture.events import ignore
from gateprobe.cli.progress import progress
from gateprobe.errors import GateprobeError, UsageError
from gateprobe.formats.html import write_html
from gateprobe.plan.planning import Item
from gateprobe.record.file import Record
from gateprobe.resources import PROBES

_SESSION = pytest.StashKey["ProbeSession"]()


class ProbeSession:
    """An audit with the items that can be collected, and the records that have come so far.

    `begun` are the ids of the items that a resumed run began with, where `-k` does not choose others.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._listener: Listener = ignore
        option = config.option
        named = frozenset(name for name in OPTIONS if getattr(option, name))
        consent = Consent(named, yes=option.yes)
        values = vars(option) | {"expression": "", "consent": consent}  # pytest applies its own -k
        request = read_request(option.gateways, values, os.environ)
        folder, log = Path(option.run), html_page(config)
        settings = replace(request.settings, log=relative(log, folder)) if log else request.settings
        self.audit = Audit(
            request.targets,
            settings,
            folder,
            resume=option.resume_run,
            listener=self._hear,
            environment=os.environ,
        )
        self.items = request.select(self.audit.items)
        chosen = bool(option.keyword or option.probes)
        self.begun = frozenset(item.id for item in (self.audit.items if chosen else self.audit.begun))
        self.finished: Finished | None = None
        self._worker = hasattr(config, "workerinput")
        self._capturing = config.pluginmanager.getplugin("capturemanager")
        self._records: dict[str, Record] = {}

    def _hear(self, event: Event) -> None:
        self._listener(event)

    def open(self, items: Sequence[Item]) -> None:
        """Take the run folder for some items; xdist's controller, which has none, takes it for all."""
        self.audit.open(items or [item for item in self.items if item.id in self.begun])

    def capture(self, items: Sequence[Item]) -> None:
        """Capture what items need, and show how it goes on; an xdist worker shows nothing."""
        if self._worker:
            self.audit.capture(items)
        else:
            with self._capturing.global_and_fixture_disabled(), progress(verdicts=False) as self._listener:
                self.audit.capture(items)
            self._listener = ignore
        self.audit.replay(items)

    def keep(self, record: Record) -> None:
        """Keep a record for the run file."""
        self._records[record.item] = record

    @property
    def records(self) -> list[Record]:
        """The records that have come so far, in the order of the catalogue."""
        return [self._records[item.id] for item in self.items if item.id in self._records]

    def finish(self, *, interrupted: bool) -> Finished | None:
        """Write the run and its report, and return how it ended; None where nothing was judged."""
        with closing(self.audit):
            if self._records:
                end = self.audit.stopped if interrupted else self.audit.finish
                self.finished = end(self.records)
                write_html(self.finished.run)
        return self.finished


def session_of(config: pytest.Config) -> ProbeSession:
    """Return the session's audit, made when it is first needed.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    if _SESSION not in config.stash:
        try:
            config.stash[_SESSION] = ProbeSession(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        except GateprobeError as error:
            pytest.exit(f"gateprobe: {error}", returncode=error.exit_code)
    return config.stash[_SESSION]


def known_session(config: pytest.Config) -> ProbeSession | None:
    """Return the session's audit where one was made."""
    return config.stash.get(_SESSION, None)


def html_page(config: pytest.Config) -> Path | None:
    """Return the page that pytest-html writes, found as it finds it; None where it writes none."""
    page = getattr(config.option, "htmlpath", None)
    return Path(os.path.expandvars(page)).expanduser().absolute() if page else None


def relative(path: Path, folder: Path) -> str:
    """Return the link to a path from a page in a folder."""
    return Path(os.path.relpath(path, folder)).as_posix()


def audits(config: pytest.Config) -> bool:
    """Return whether a session collects probes."""
    arguments = [argument.partition("::")[0] for argument in config.args]
    if config.option.pyargs and any(name.startswith("gateprobe.probes") for name in arguments):
        return True
    paths = [Path(argument).resolve() for argument in arguments]
    return any(path == PROBES or PROBES in path.parents or path in PROBES.parents for path in paths)
