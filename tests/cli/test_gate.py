"""The gate through the real command: every exit code, the one line at the end, needs from a file, and a baseline."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gateprobe.record import file as record
from gateprobe.reference import serve
from gateprobe.resources import SCHEMAS

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
Sentence = Callable[[subprocess.CompletedProcess[str]], str]

SMOKE = ("audit", "--tier", "smoke", "--out", "run")
BROKEN = ("audit", "oversold", "-k", "n_is_honoured or models_are_listed", "--out")


def last(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of what was printed."""
    return done.stdout.rstrip().splitlines()[-1]


def test_exit_0_and_the_needs_buy_their_own_pictures(command: Command, tmp_path: Path) -> None:
    """A smoke audit buys a picture for each need that takes one, and answers in one line."""
    done = command(*SMOKE, "openai", "--embedded", "--need", "responses.image.stream", "--need", "images.edit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert last(done) == "Yes, openai has responses.image.stream and images.edit. (exit 0)"
    header = record.load(tmp_path / "run").header
    assert {"probes", "schemas", "claims.openai"} <= set(header.versions)


def test_exit_1_and_needs_from_the_products_own_file(command: Command, tmp_path: Path) -> None:
    """What stands in gateprobe.toml is needed, though no document promises it."""
    (tmp_path / "gateprobe.toml").write_text('need = ["images.generate.n"]\ntier = "smoke"\ngateway = ["vibeapi"]\n')
    done = command("audit", "--embedded", "--out", "run")
    assert done.returncode == 1, done.stdout + done.stderr
    assert last(done) == "No, vibeapi lacks images.generate.n (asked for 2 pictures, received 1). (exit 1)"


def test_exit_10_where_a_need_could_not_be_observed(command: Command) -> None:
    """What the budget does not reach is not known, and never a yes."""
    done = command(*SMOKE, "openai", "--embedded", "--need", "images.edit", "-k", "images.edit", "--max-images", "0")
    assert done.returncode == 10, done.stdout + done.stderr
    assert last(done).startswith("Not known, of openai was not observed images.edit (")
    assert last(done).endswith(" (exit 10)")


def test_exit_11_where_a_probe_of_ours_fails(broken: Command) -> None:
    """A probe that fails is our fault: said so, and no verdict of the gateway."""
    done = broken(*SMOKE, "openai", "--embedded", "-k", "models_are_listed or text_model_is_listed")
    assert done.returncode == 11, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert last(done) == "1 probe raised an error; report it, unless the probe is yours. (exit 11)"


def test_a_baseline_is_written_accepted_and_grows_stale(command: Command, tmp_path: Path) -> None:
    """A run's contradictions, accepted: the same audit exits 0 and shows them; one that is kept by now fails."""
    assert command(*BROKEN, "one").returncode == 1
    done = command("baseline", "one", "--reason", "we ask for one", "-o", "accepted.toml")
    assert (done.returncode, done.stdout) == (0, "accepted.toml: 1 accepted\n")
    done = command(*BROKEN, "two", "--baseline", "accepted.toml", "--junit", "two.xml", "--markdown", "two.md")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        last(done)
        == "Every must that was tested is kept, except for 1 accepted contradiction of Oversold (fictional). (exit 0)"
    )
    for name in ("two.xml", "two.md", "two/index.html", "two/run.jsonl"):
        assert "we ask for one" in (tmp_path / name).read_text("utf-8")
    schema = Draft202012Validator(json.loads((SCHEMAS / "record.schema.json").read_text("utf-8")))
    for line in (tmp_path / "two" / "run.jsonl").read_text("utf-8").splitlines():
        schema.validate(json.loads(line))
    assert 'failures="0"' in (tmp_path / "two.xml").read_text("utf-8")
    text = (tmp_path / "accepted.toml").read_text("utf-8")
    kept = next(one.item for one in record.load(tmp_path / "two").records if one.verdict == "confirmed")
    (tmp_path / "stale.toml").write_text(text + f'[[accepted]]\nitem = "{kept}"\nreason = "x"\n')
    done = command("judge", "two")
    assert done.returncode == 0, done.stdout
    done = command(*BROKEN, "three", "--baseline", "stale.toml")
    assert done.returncode == 1
    assert f"baseline: the baseline accepts {kept}, which is confirmed now; take it out" in done.stdout
    assert last(done) == "The baseline of accepted contradictions is out of date: 1 entry to mend. (exit 1)"


BEHIND = "behind an accepted contradiction: responses.image.stream"
UNENDED = "streams_end_once or streamed_picture_arrives or documented_events or adds_up"


def test_what_is_behind_an_accepted_contradiction_leaves_nothing_open(command: Command, tmp_path: Path) -> None:
    """A stream without its end hides the usage: accepted, it is settled; needed or expired, it is not."""
    with serve("openai", faults=["end.no_terminal"]) as served:

        def audit(out: str, *more: str) -> subprocess.CompletedProcess[str]:
            where = ("--base-url", served.url, "--tier", "smoke", "-k", UNENDED, "--out", out)
            return command("audit", "openai", *where, *more, OPENAI_API_KEY=served.key)

        assert audit("one").returncode == 1
        assert command("baseline", "one", "-o", "all.toml").stdout == "all.toml: 2 accepted\n"
        done = audit("two", "--baseline", "all.toml", "--junit", "two.xml", "--markdown", "two.md")
        assert done.returncode == 0, done.stdout + done.stderr
        assert last(done) == (
            "Every must that was tested is kept, except for 2 accepted contradictions of OpenAI, "
            "behind which 2 probes could not be answered. (exit 0)"
        )
        for name in ("two.xml", "two.md", "two/index.html"):
            assert BEHIND in (tmp_path / name).read_text("utf-8")
        done = audit("three", "--baseline", "all.toml", "--need", "usage.adds_up")
        assert (done.returncode, last(done).startswith("Not known, of openai was not observed usage.adds_up")) == (
            10,
            True,
        )
        text = (tmp_path / "all.toml").read_text("utf-8")
        (tmp_path / "old.toml").write_text(text.replace("reason =", "expires = 2026-01-01\nreason ="))
        assert audit("old", "--baseline", "old.toml").returncode == 1
        assert not [one for one in record.load(tmp_path / "old").records if one.settled]


def test_a_lesser_contradiction_that_hides_an_answer_can_be_accepted_too(command: Command) -> None:
    """Foreign events hide the order of the numbers: not accepted, nobody could see it; accepted, that is settled."""
    with serve("openai", faults=["ev.foreign_events"]) as served:
        where = ("--base-url", served.url, "-k", "events_belong or sequence_numbers or streams_end_once", "--out")
        done = command("audit", "openai", *where, "one", OPENAI_API_KEY=served.key)
        assert done.returncode == 10, done.stdout + done.stderr
        assert command("baseline", "one", "-o", "all.toml").stdout == "all.toml: 1 accepted\n"
        done = command("audit", "openai", *where, "two", "--baseline", "all.toml", OPENAI_API_KEY=served.key)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "--need", "images.edits"], "did you mean images.edit"),
        (["audit", "--baseline", "none.toml"], "the baseline none.toml cannot be read"),
        (["audit", "--baseline", "bad.toml"], 'bad.toml, line 2: accepted[0] lacks "reason"'),
        (["audit", "--profile", "now"], "--profile now: expected a year and a month"),
        (["baseline", "none"], "holds no run.jsonl"),
        (["baseline", "none", "--expires", "soon"], "--expires soon: expected a day"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_exit_2_is_one_sentence(
    offline: Command, one_sentence: Sentence, tmp_path: Path, arguments: list[str], said: str
) -> None:
    """Wrong use is said in one line before anything is sent."""
    (tmp_path / "bad.toml").write_text('\n[[accepted]]\nitem = "a@b"\n')
    done = offline(*arguments)
    assert done.returncode == 2
    assert said in one_sentence(done)


def test_a_baseline_file_is_not_written_over(offline: Command, one_sentence: Sentence, tmp_path: Path) -> None:
    """Reasons are written by hand: what is there stays."""
    (tmp_path / "run").mkdir()
    header = record.Header("2026-11-21T02:00:00Z", "0.1.0", ("acme",), "smoke")
    record.write(tmp_path / "run" / "run.jsonl", header, (), None)
    (tmp_path / "b.toml").write_text("# mine\n")
    assert "is there already" in one_sentence(offline("baseline", "run", "-o", "b.toml"))
    assert (tmp_path / "b.toml").read_text() == "# mine\n"
    assert offline("baseline", "run").stdout.startswith("# Contradictions that are accepted for now.")
