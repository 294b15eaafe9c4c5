"""An audit's folder: taken by one alone, readable at any moment, judged again from what it holds."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.engine import Audit, audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.errors import BrokenRunError, NoSuchRunError, UsageError
from gateprobe.gateway import find, load
from gateprobe.model import Cause, Tier
from gateprobe.plan.budget import Budget, EarlierSpending
from gateprobe.record import file as record
from gateprobe.reference import Served, serve
from gateprobe.store import folder as store

pytestmark = pytest.mark.slow

SMOKE = Settings(Tier.SMOKE, ("images.generate.n",))


def an_audit(
    folder: Path, url: str = "http://127.0.0.1:9/v1", key: str = "sk-0123456789", *, resume: bool = False
) -> Audit:
    """Return an audit of one gateway, begun at New Year."""
    target = Target(replace(find("oversold"), base_url=url), key)
    return Audit((target,), SMOKE, folder, resume=resume, started_at="2026-01-01T00:00:00Z")


def test_a_folder_says_what_was_begun(tmp_path: Path) -> None:
    """As soon as it is open, the folder holds a header and a copy of every gateway file, and no key."""
    audit = an_audit(tmp_path / "run", key="sk-very-secret")
    audit.open()
    run = record.load(tmp_path / "run")
    assert (run.header.gateways, run.header.tier, run.footer) == (("oversold",), "smoke", None)
    assert run.header.options.needs == ("images.generate.n",)
    assert load(tmp_path / "run" / "gateways" / "oversold.toml").base_url == "http://127.0.0.1:9/v1"
    assert (tmp_path / "run" / "gateways" / "openai.toml").is_file()
    assert all(b"sk-very-secret" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    audit.close()


def test_one_audit_to_a_folder(tmp_path: Path) -> None:
    """A folder that holds a run, or is at work, is refused; a resume takes it and keeps when it was begun."""
    first = an_audit(tmp_path)
    first.open()
    for resume in (False, True):
        with pytest.raises(UsageError, match=r"contains a run already|another audit is running"):
            an_audit(tmp_path, resume=resume).open()
    first.close()
    with pytest.raises(UsageError, match="--resume"):
        an_audit(tmp_path).open()
    again = an_audit(tmp_path, resume=True)
    again.open()
    assert record.load(tmp_path).header.started_at == "2026-01-01T00:00:00Z"
    again.close()


def test_a_resumed_run_remembers_what_was_spent_before_it(tmp_path: Path) -> None:
    """What `discover` drew before the run counts against the bound of a resumed run; no run can raise its bound."""
    spent, nothing = EarlierSpending(0.5, 2, 7), EarlierSpending()
    for stated, counted in ((spent, spent), (EarlierSpending(-9, -9, -9), nothing)):
        folder = tmp_path / str(stated.images)
        first = an_audit(folder)
        first.settings = replace(first.settings, budget=Budget(images=3, earlier=stated))
        first.open()
        first.close()
        again = an_audit(folder, resume=True)
        assert again.settings.budget.earlier == counted


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """A file where the folder should be is one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        an_audit(tmp_path / "file").open()
    with pytest.raises(UsageError, match="cannot be written"):
        an_audit(tmp_path / "file" / "run").open()


def test_judged_again_from_the_folder_alone(tmp_path: Path) -> None:
    """Once captured, a run is judged from its folder as often as one likes, after its gateway has gone."""
    with serve("oversold") as served:
        audit = an_audit(tmp_path, served.url, served.key)
        audit.open()
        items = audit.items
        audit.capture(items)
        audit.close()
    run = rejudged(record.load(tmp_path))
    first = run.records
    assert run.header.tier == "smoke"
    assert [one.item for one in first] == [item.id for item in items]
    assert rejudged(record.load(tmp_path)).records == first
    assert audit.finish(first).exit_code == 1
    assert record.load(tmp_path).records == first


@pytest.mark.parametrize("some", [False, True])
def test_a_run_that_died_is_judged_whole(tmp_path: Path, some: bool) -> None:  # noqa: FBT001 - a column of the table
    """What was never asked is unproven, and is counted: every item of the tier, or of the run's own selection."""
    with serve("oversold") as served:
        audit = an_audit(tmp_path, served.url, served.key)
        chosen = (audit.items[0], audit.items[-1]) if some else audit.items
        audit.open(chosen)
        audit.capture(audit.items[:1])
        audit.close()
    judged = rejudged(record.load(tmp_path)).records
    assert [one.item for one in judged] == [item.id for item in chosen]
    assert judged[-1].cause is Cause.PREREQUISITE


def test_what_cannot_be_judged(tmp_path: Path) -> None:
    """A run without evidence, or without its gateway file, says which."""
    audit = an_audit(tmp_path)
    audit.open()
    audit.close()
    with pytest.raises(NoSuchRunError, match="holds no evidence"):
        rejudged(record.load(tmp_path))
    (tmp_path / "gateways" / "oversold.toml").unlink()
    with pytest.raises(BrokenRunError, match=r"oversold\.toml is missing; a run contains a copy"):
        rejudged(record.load(tmp_path))


def _seeds(folder: Path, seed: int | None) -> Settings:
    """Return the settings of an audit, opened and closed, of which a header is left."""
    target = Target(replace(find("openai"), base_url="http://127.0.0.1:9/v1"), "sk-0123456789")
    with closing(Audit((target,), replace(SMOKE, seed=seed), folder, resume=folder.exists())) as audit:
        audit.open()
        return audit.settings


def test_a_run_draws_a_seed_and_keeps_it(tmp_path: Path) -> None:
    """The header holds the seed, drawn or given; a resumed run draws from the same, and refuses another."""
    drawn = _seeds(tmp_path / "drawn", None).seed
    assert record.load(tmp_path / "drawn").header.options.seed == drawn
    assert _seeds(tmp_path / "drawn", None).seed == drawn
    assert _seeds(tmp_path / "given", 0).seed == 0
    assert _seeds(tmp_path / "given", None).seed == 0
    with pytest.raises(UsageError, match="--seed 5: the run has seed 0"):
        _seeds(tmp_path / "given", 5)


def _deep(folder: Path, served: Served, seed: int | None, *, resume: bool = False) -> list[str]:
    """Audit what draws from the seed, and return the bodies that were sent, as the evidence has them."""
    target = Target(replace(find("openai"), base_url=served.url), served.key)
    names = {"size_outside_rule_is_refused", "drawn_size_within_rule_is_honoured", "odd_inputs_are_refused"}
    audit(
        (target,),
        Settings(Tier.DEEP, seed=seed),
        folder,
        select=lambda items: [item for item in items if item.probe.id in names],
        resume=resume,
    )
    evidence = store.read(folder, "openai")
    return [str(exchange.request.json) for name in sorted(evidence) for exchange in evidence[name].exchanges]


def test_a_seed_repeats_what_was_sent(tmp_path: Path) -> None:
    """The same seed sends the same requests, another seed others; a resumed run sends nothing again."""
    with serve("openai") as served:
        first = _deep(tmp_path / "first", served, 6)
        assert _deep(tmp_path / "second", served, 6) == first
        assert _deep(tmp_path / "third", served, 7) != first
    attempts = _attempts(tmp_path / "first")
    with serve("openai") as served:
        assert _deep(tmp_path / "first", served, None, resume=True) == first
    assert _attempts(tmp_path / "first") == attempts


def _attempts(folder: Path) -> int:
    evidence = store.read(folder, "openai").values()
    return sum(len(exchange.attempts) for scenario in evidence for exchange in scenario.exchanges)
