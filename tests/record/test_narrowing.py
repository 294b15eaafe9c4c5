"""The part of a run that is about one gateway."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.errors import ExitCode, UsageError
from gateprobe.model import Verdict
from gateprobe.plan.price import Price
from gateprobe.plan.spending import Spending
from gateprobe.record.file import Footer, Header, Run
from gateprobe.record.narrowing import named_in, narrowed
from gateprobe.record.options import Accepted, RunOptions
from tests.record.test_file import a_record

NAMES = ("acme/one", "acme/two", "rival")
WARNED = {
    "acme/one": ("model of acme is gone", "gateways/acme+one.toml differs", "the baseline accepts p@acme/one"),
    "rival": ("rival lists no image model", "gateways/rival.toml differs", "the baseline accepts p@rival"),
}
FREE = Spending(1, Price(0.0, documented=True), Price(0.0, documented=True))


def a_run() -> Run:
    """Return a run of two image models and of a gateway that breaks a promise."""
    header = Header(
        "2026-11-21T10:00:00Z",
        "1",
        NAMES,
        "smoke",
        options=RunOptions(
            selected=tuple(f"p@{name}" for name in NAMES),
            accepted=tuple(Accepted(f"p@{name}", "known") for name in NAMES),
            log="log.html",
        ),
        versions={"python": "3", **{f"claims.{name}": "0" for name in NAMES}},
        warnings=(WARNED["acme/one"][0], WARNED["rival"][0], "about the run"),
        foreign=("judged elsewhere", WARNED["acme/one"][1], WARNED["rival"][1]),
        complaints=(WARNED["acme/one"][2], WARNED["rival"][2]),
        edited=("images.generate@acme/one", "images.generate@rival"),
        warned=WARNED,
    )
    verdicts = (Verdict.CONFIRMED, Verdict.CONFIRMED, Verdict.CONTRADICTED)
    records = tuple(a_record(verdict, gateway=name) for name, verdict in zip(NAMES, verdicts, strict=True))
    footer = Footer("2026-11-21T10:01:00Z", ExitCode.CONTRADICTED, {}, dict.fromkeys(NAMES, FREE))
    return Run(Path("run"), header, records, footer, evidence={name: {} for name in NAMES})


@pytest.mark.parametrize("name", ["acme/one", "acme", "rival"])
def test_nothing_of_the_others_is_left(name: str) -> None:
    """No field of the narrowed run contains the name of another gateway."""
    run = a_run()
    names = named_in(run, name)
    part = narrowed(run, names)
    assert part.header.gateways == names
    text = repr(replace(part, folder=Path()))
    assert not [other for other in NAMES if other not in names and other in text]
    assert "about the run" in part.header.warnings
    assert "judged elsewhere" in part.header.foreign


def test_the_exit_code_is_that_of_the_gateway() -> None:
    """A contradiction of another gateway does not fail the part; a warning about two gateways stays with each."""
    run = replace(a_run(), header=replace(a_run().header, complaints=(), edited=(), foreign=()))
    part = narrowed(run, ("acme/two",))
    assert part.footer is not None
    assert (part.footer.exit_code, part.footer.counts) == (ExitCode.OK, {"confirmed": 1})
    both = replace(run, header=replace(run.header, warnings=("both",), warned=dict.fromkeys(NAMES, ("both",))))
    assert narrowed(both, ("acme/two",)).header.warnings == ("both",)


def test_an_unknown_gateway_is_named_with_those_of_the_run() -> None:
    """A misspelt name is answered with the gateways that the run contains."""
    with pytest.raises(UsageError, match="--gateway acne: the run contains acme/one, acme/two or rival"):
        named_in(a_run(), "acne")
