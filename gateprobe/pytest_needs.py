"""A pytest plugin for the test suites of products: the marker `needs_gateway` and the fixture `gateway_audit`.

It is loaded in every pytest session on the machine: it imports nothing of gateprobe before a test uses it, adds no
option and prints nothing. One smoke audit of each gateway serves the whole session, xdist workers included;
`GATEPROBE_RUN` names a stored run to use instead.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from gateprobe.record.file import Run

MARKER: Final = "needs_gateway"
_GATES: Final = pytest.StashKey[dict[str, "Run"]]()
_SESSION: Final = pytest.StashKey[str]()
_NEEDS: Final = pytest.StashKey[tuple[str, ...]]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(capability, ..., gateway=NAME): an error where the gateway lacks a capability, skipped where that"
        " could not be observed (gateprobe)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Collect the needs of the whole session, to test all of them in one audit."""
    marks = (mark for item in items for mark in item.iter_markers(MARKER))
    config.stash[_NEEDS] = tuple(sorted({str(need) for mark in marks for need in mark.args}))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail or skip a test whose gateway does not have what it needs."""
    for mark in item.iter_markers(MARKER):
        if not mark.args:
            pytest.fail(f"{MARKER}: name a capability, as in @pytest.mark.{MARKER}('images.edit')", pytrace=False)
        for gateway in _named(item.config, mark.kwargs.get("gateway")):
            _check(item.config, gateway, [str(need) for need in mark.args])


@pytest.fixture(scope="session")
def gateway_audit(request: pytest.FixtureRequest) -> Callable[[str], Run]:
    """Return a function from a gateway (a name, a TOML file or a URL) to its smoke audit, run once for the session."""
    config: pytest.Config = request.config
    return lambda gateway: _audited(config, gateway)


def _check(config: pytest.Config, gateway: str, needs: list[str]) -> None:
    from gateprobe.errors import UsageError  # noqa: PLC0415 - nothing is imported until a test uses the marker
    from gateprobe.formats.answer import need_reason  # noqa: PLC0415 - the same
    from gateprobe.plan.planning import check_needs  # noqa: PLC0415 - the same
    from gateprobe.record.gate import Met, answers  # noqa: PLC0415 - the same

    wrong = ""
    try:
        check_needs(needs, f"{MARKER}:")
    except UsageError as error:
        wrong = str(error)
    if wrong:
        pytest.fail(wrong, pytrace=False)
    run = _audited(config, gateway)
    needed = answers(run.records, run.header.gateways, needs)
    for need in needed:
        if need.met is Met.MISSING:
            pytest.fail(f"{need.gateway} lacks {need.capability}: {need_reason(need)}", pytrace=False)
    for need in needed:
        if need.met is Met.UNKNOWN:
            pytest.skip(f"not observed: {need.capability} of {need.gateway}: {need_reason(need)}")


def _audited(config: pytest.Config, gateway: str) -> Run:
    """Return the run of a gateway; fail where its name is wrong, skip where its key is not set."""
    from gateprobe.errors import (  # noqa: PLC0415 - nothing is imported until a test uses the marker
        BrokenRunError,
        GatewayFileError,
        NoSuchGatewayError,
        NoSuchRunError,
        UsageError,
    )

    try:
        return audited(config, gateway)
    except UsageError as error:
        wrong = error
    if isinstance(wrong, (NoSuchGatewayError, GatewayFileError, NoSuchRunError, BrokenRunError)):
        pytest.fail(f"{MARKER}: {wrong}", pytrace=False)
    pytest.skip(f"not observed: {wrong}")


def audited(config: pytest.Config, gateway: str) -> Run:
    """Return the run of a gateway: the one in `GATEPROBE_RUN`, or a smoke audit of this session.

    Raises:
        UsageError: the gateway is unknown or its key is not set, or the named run does not contain it.
    """
    gates = config.stash.setdefault(_GATES, {})
    if gateway not in gates:
        from gateprobe.audit.stored.shared_run import audit_once, read_stored  # noqa: PLC0415 - nothing is imported until it is used

        left = os.environ.get("GATEPROBE_RUN")
        needs = config.stash.get(_NEEDS, ())
        gates[gateway] = run = (
            read_stored(Path(left), gateway)
            if left
            else audit_once(gateway, needs, _folder(config), os.environ, config.rootpath)
        )
        for sentence in run.header.foreign:
            warnings.warn(pytest.PytestWarning(f"{run.folder}: {sentence}"), stacklevel=2)
    return gates[gateway]


def _folder(config: pytest.Config) -> Path:
    """Return the folder in which this session, with all its xdist workers, stores its runs."""
    worker: dict[str, Any] = getattr(config, "workerinput", {})
    session = config.stash.setdefault(_SESSION, str(worker.get("testrunuid") or uuid4().hex))
    cache = getattr(config, "cache", None)
    base = cache.mkdir("gateprobe") if cache is not None else Path(tempfile.gettempdir()) / "gateprobe"
    return Path(base) / session


def _named(config: pytest.Config, gateway: object) -> Iterable[str]:
    """Return the gateways of a mark; without any, those of the product's settings."""
    if gateway is not None:
        return [str(gateway)]
    from gateprobe.audit import settings_file  # noqa: PLC0415 - nothing is imported until it is used
    from gateprobe.errors import UsageError  # noqa: PLC0415 - the same

    listed: object = ()
    wrong = ""
    try:
        listed = settings_file.read(config.rootpath).values.get("gateway", ())
    except UsageError as error:
        wrong = str(error)
    if not listed:
        hint = wrong or "name a gateway, as in gateway='openai', or in gateprobe.toml"
        pytest.fail(f"{MARKER}: {hint}", pytrace=False)
    return [str(gateway) for gateway in listed] if isinstance(listed, list) else [str(listed)]
