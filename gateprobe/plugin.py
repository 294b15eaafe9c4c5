"""pytest's view of an audit: options, capture before the first item, verdicts in place of passed and failed.

Selection (`-k`, `-m`, `--lf`) comes before capture, so that what is not asked is not paid for. No judging here.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.audit.auditing import now
from gateprobe.audit.collect import ProbeFile, ProbeItem, record_of
from gateprobe.audit.session import AUDITING, Auditing, auditing
from gateprobe.errors import UsageError
from gateprobe.model import Tier, Verdict
from gateprobe.plan.planning import Item
from gateprobe.resources import PROBES
from gateprobe.text import printable

LETTERS: Final = {
    Verdict.CONFIRMED: ".",
    Verdict.CONTRADICTED: "X",
    Verdict.UNDECLARED: "+",
    Verdict.ABSENT: "-",
    Verdict.UNPROVEN: "?",
}
_COLOURS: Final = {
    Verdict.CONFIRMED: {"green": True},
    Verdict.CONTRADICTED: {"red": True},
    Verdict.UNPROVEN: {"yellow": True},
}


def _count(text: str) -> int:
    """Read how often everything is asked."""
    return int(_number(int, 1)(text))


def _number(kind: type[int | float], least: float) -> Callable[[str], float]:
    """Read a number of at least so much; what is none is an option that cannot be used."""

    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is no number") from None
        if not least <= number < float("inf"):
            raise ArgumentTypeError(f"{text} is not at least {least:g}")
        return number

    return read


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of an audit; `gateprobe audit --help` explains them."""
    group = parser.getgroup("gateprobe", "audit gateways")
    add = group.addoption
    add("--gateway", action="append", default=[], metavar="GATEWAY", help="name, TOML file or URL; may be repeated")
    add("--embedded", action="store_true", help="audit the embedded references instead of real gateways")
    add("--tier", choices=[str(tier) for tier in Tier], default=str(Tier.NIGHTLY), help="how deep to go")
    add("--need", action="append", default=[], metavar="CAPABILITY", help="ask for this capability whatever its tier")
    add("--baseline", metavar="FILE", help="contradictions that are accepted for now (TOML)")
    add("--profile", metavar="YYYY.MM", help="probes newer than this inform and cannot fail")
    add("--run", metavar="DIR", help="the run folder (default: reports/<time>)")
    add("--resume-run", action="store_true", help="go on in the run folder; send only what is missing")
    add("--budget", type=_number(float, 0), metavar="USD", help="spend at most this much on each gateway")
    add("--max-images", type=_number(int, 0), metavar="N", help="buy at most this many pictures of each gateway")
    add("--max-requests", type=_number(int, 0), metavar="N", help="send at most this many requests to each gateway")
    add("--shard", metavar="K/N", help="only the K-th part of N of the gateways; `gateprobe combine` joins the runs")
    add("--rpm", type=_number(int, 1), metavar="N", help="send at most N requests a minute to each gateway")
    add("--jobs", type=_number(int, 1), default=4, metavar="N", help="scenarios at once for each gateway")
    add("--repeat", type=_count, default=1, metavar="N", help="ask everything N times, and count")
    add("--max-body", type=_number(int, 1), metavar="MB", help="take in at most this much of one answer")
    add("--patience", type=_number(float, 0.1), metavar="SECONDS", help="wait at most this long for one answer")
    add("--delay", type=float, default=0.0, metavar="SECONDS", help="seconds that embedded references take per picture")
    add("--base-url", metavar="URL", help="the address, where the gateway file holds only its shape")
    add("--key-env", metavar="NAME", help="the environment variable that holds the key")
    add("--text-model", metavar="ID", help="the model that calls the image tool")
    add("--image-model", metavar="ID", help="the model that draws")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and the part that needs the configuration."""
    for tier in Tier:
        config.addinivalue_line("markers", f"{tier}: probes of the {tier} tier")
    for level in ("must", "should", "info"):
        config.addinivalue_line("markers", f"{level}: what a contradiction means")
    config.addinivalue_line("markers", "capability(id): what the probe judges")
    config.addinivalue_line("markers", "gateway(name): whom the probe is asked of")
    config.addinivalue_line("markers", "xdist_group(name): what one worker does alone")
    # Set here, once: xdist hands the options on to its workers, which write to the same folder.
    config.option.run = config.option.run or str((Path("reports") / now().replace(":", "")).absolute())
    config.pluginmanager.register(Auditor(config), "gateprobe-auditor")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a probe module."""
    if PROBES not in file_path.parents or file_path.suffix != ".py" or file_path.name.startswith("_"):
        return None
    return ProbeFile.from_parent(parent, path=file_path)


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, Any] | None:
    """Show verdicts instead of passed and failed."""
    found = record_of(report) if report.when == "call" else None
    if found is None:
        return None
    word = f"{found.verdict.upper()} {printable(found.reason, 300)}"
    return str(found.verdict), LETTERS[found.verdict], (word, _COLOURS.get(found.verdict, {}))


class Auditor:
    """Captures before the first item is judged, keeps the records, and writes the run at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker = hasattr(config, "workerinput")
        self._items: list[Item] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Resolve the gateways before anything is collected: wrong use is one sentence, not one error per module."""
        try:
            if self._asks_for_probes():
                if self._distributing and self._config.option.dist != "loadgroup":
                    raise pytest.UsageError(
                        "an audit on several workers takes --dist loadgroup: else two would ask one gateway"
                    )
                auditing(self._config)
            return (yield)
        except pytest.UsageError:
            self._hush()
            raise

    @property
    def _distributing(self) -> bool:
        """Whether this is the process that hands items to the workers of xdist."""
        return self._config.pluginmanager.hasplugin("dsession")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Go on with what a resumed run was begun with, and with nothing besides."""
        if self._asks_for_probes() and (begun := auditing(self._config).begun):
            left = [item for item in items if isinstance(item, ProbeItem) and item.item.id not in begun]
            self._config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if item not in left]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Capture once, for everything that was selected.

        Under xdist the controller has no items and takes the folder only; a worker learns item by item which gateways
        are its own, and captures each when the first of its items comes.
        """
        self._items = [item.item for item in session.items if isinstance(item, ProbeItem)]
        if not self._config.option.collectonly:
            try:
                self._begin()
            except UsageError as error:
                self._hush()
                raise pytest.UsageError(str(error)) from None
        return (yield)

    def _hush(self) -> None:
        """Let a command that shows nothing of pytest say its sentence without the empty line that ends a session."""
        if self._config.option.verbose < -1:
            self._config.pluginmanager.unregister(name="terminalreporter")

    def _begin(self) -> None:
        if self._worker or not (self._items or (self._distributing and self._asks_for_probes())):
            return
        found = auditing(self._config)
        found.open(self._items)
        if self._items:
            found.capture(self._items, self._config)

    def _asks_for_probes(self) -> bool:
        paths = [Path(argument.partition("::")[0]).resolve() for argument in self._config.args]
        return any(path == PROBES or PROBES in path.parents or path in PROBES.parents for path in paths)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """On an xdist worker, capture a gateway when its first item comes; all its items come to this worker."""
        if not (self._worker and isinstance(item, ProbeItem)):
            return
        name = item.item.gateway.name
        if not auditing(self._config).has(name):
            mine = [one for one in self._items if one.gateway.name == name]
            auditing(self._config).capture(mine, self._config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a record as it comes in, also from another process."""
        found = record_of(report) if report.when == "call" else None
        if found is not None:
            auditing(self._config).keep(found)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the run whole; the exit code is the design's, not pytest's."""
        known: Auditing | None = self._config.stash.get(AUDITING, None)
        if known is not None and not self._worker and (code := known.finish()) is not None:
            session.exitstatus = code
