"""pytest as a client of the audit: `pytest probes --gateway NAME`, and from a wheel

    pytest --pyargs gateprobe.probes -p gateprobe.plugin --gateway NAME

Selection (`-k`, `-m`, `--lf`, `--probe`) comes before capture, so that what is not selected is not paid for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateprobe.audit.settings import seed_of
from gateprobe.audit.stored.run_file import new_folder
from gateprobe.library import mount
from gateprobe.model import Level, Tier
from gateprobe.plugin.auditor import Auditor
from gateprobe.plugin.items import ProbeFile
from gateprobe.plugin.options import add_options
from gateprobe.plugin.reports import Reports, record_of, status
from gateprobe.plugin.session import audits, html_page
from gateprobe.resources import PROBES

if TYPE_CHECKING:
    from pathlib import Path

_GIVEN = "gateprobe"
"""Where a worker of xdist finds what its session has drawn."""

mount()  # so that `--pyargs gateprobe.probes` names the folder, wherever it is


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of an audit."""
    add_options(parser.getgroup("gateprobe", "audit gateways"))


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and register what needs the configuration."""
    for tier in Tier:
        config.addinivalue_line("markers", f"{tier}: probes of the {tier} tier")
    for level in Level:
        config.addinivalue_line("markers", f"{level}: what a contradiction means")
    config.addinivalue_line("markers", "capability(id): what the probe judges")
    config.addinivalue_line("markers", "gateway(name): whom the probe is asked of")
    config.addinivalue_line("markers", "xdist_group(name): what one worker does alone")
    # Drawn once: the workers of xdist write to the same folder and draw from the same seed.
    given: dict[str, Any] = getattr(config, "workerinput", {}).get(_GIVEN, {})
    config.option.run = given.get("run") or config.option.run or str(new_folder())
    if config.option.seed is None and not config.option.resume_run:
        config.option.seed = given.get("seed", seed_of(None, None))
    config.pluginmanager.register(Reports(), "gateprobe-reports")
    config.pluginmanager.register(Auditor(config), "gateprobe-auditor")
    page = html_page(config)
    if page is not None and audits(config) and not hasattr(config, "workerinput"):
        from gateprobe.plugin.html_log import HtmlLog  # noqa: PLC0415 - pytest-html may be turned off

        config.pluginmanager.register(HtmlLog(config, page), "gateprobe-html-log")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand a worker of xdist the folder and the seed of this session."""
    option = node.config.option
    node.workerinput[_GIVEN] = {"run": option.run, "seed": option.seed}


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a probe module."""
    if PROBES not in file_path.parents or file_path.suffix != ".py" or file_path.name.startswith("_"):
        return None
    return ProbeFile.from_parent(parent, path=file_path)


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, Any] | None:
    """Show verdicts instead of passed and failed."""
    record = record_of(report) if report.when == "call" else None
    return None if record is None else status(record)
