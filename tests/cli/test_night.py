"""The night through the real command: a fault comes, the gateway goes, and the folder tells of it all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from jsonschema import Draft202012Validator

from gateprobe.record import file as record
from gateprobe.reference import Served, serve
from gateprobe.resources import SCHEMAS
from tests.support.loopback import raw_server, reply

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
Sentence = Callable[[subprocess.CompletedProcess[str]], str]

WHAT = ("-k", "n_is_honoured", "--fail-on")


def night(command: Command, served: Served, policy: str, *more: str, lost: str = "") -> tuple[int, list[str]]:
    """Run a night against a served gateway; return the exit code and what was printed. `lost` is why its news was."""
    done = command("night", served.url, "--store", "kept", *WHAT, policy, *more, GATEPROBE_API_KEY=served.key)
    assert done.stderr == (f"The changes were not delivered to 127.0.0.1: {lost}\n" if lost else "")
    return done.returncode, done.stdout.splitlines()


def said(folder: Path) -> list[dict[str, Any]]:
    """Read what each night said, in order."""
    return [json.loads(path.read_text("utf-8")) for path in _folders(folder)]


def _folders(folder: Path) -> list[Path]:
    return sorted((folder / "kept").glob("*/night.json"))


def test_three_nights(command: Command, tmp_path: Path) -> None:
    """A good night, one on which a fault came, one on which nobody answered: exit 0, 1 and 10."""
    with serve("openai") as served:
        port = int(served.url.rsplit(":", 1)[1].partition("/")[0])
        code, lines = night(command, served, "incomplete")
        assert code == 0, lines
        assert any(line.startswith("The first night: of ") for line in lines)
    with serve("openai", port=port, faults=["param.n_ignored"]) as served, raw_server(reply()) as chat:
        code, lines = night(
            command, served, "worse", "--metrics", "night.prom", "--notify", f"{chat.url}/hook/0123456789"
        )
        assert code == 1, lines
        (news,) = chat.heard
        assert b": Now broken: another number of pictures comes than was asked for" in news
        assert 'verdict="contradicted"} 1.0' in (tmp_path / "night.prom").read_text("utf-8")
        assert not any("0123456789" in path.read_text("utf-8") for path in tmp_path.rglob("*.json*"))
        assert any(" got worse: n_is_honoured[2] (asked for 2 pictures, received 1)." in line for line in lines)
        assert f"Test again: gateprobe audit {served.url} --probe=n_is_honoured" in lines
    with raw_server(reply(status="404 Not Found")) as chat:
        code, lines = night(command, served, "incomplete", "--notify", chat.url, lost="HTTP 404")
    assert code == 10, lines
    assert any("could not be observed at all (network: " in line and "which is not a verdict" in line for line in lines)
    schema = json.loads((SCHEMAS / "night.schema.json").read_text("utf-8"))
    nights = said(tmp_path)
    for one in nights:
        Draft202012Validator(schema).validate(one)
    assert [one["exit_code"] for one in nights] == [0, 1, 10]
    assert [tuple(one["exit_codes"].values()) for one in nights] == [(0, 0, 0), (1, 1, 1), (0, 0, 10)]
    spent = [footer.spent for footer in (record.load(path.parent).footer for path in _folders(tmp_path)) if footer]
    assert [spending.pictures for night in spent for spending in night.values()] == [2, 1, 0]
    assert [bool(one["alarms"]) for one in nights] == [False, True, False]
    page = (tmp_path / "kept" / "index.html").read_text("utf-8")
    name = nights[1]["alarms"][0].rpartition("@")[2]
    headlines = [
        "all well",
        f"{name} got worse (images.generate.n)",
        f"{name} could not be observed",
    ]
    assert [one["headline"] for one in nights] == headlines
    assert f"Last night: {headlines[-1]}." in page
    assert "Nothing could be observed (network)." in page
    assert "out (network)</td>" in page
    assert all(one["compared_with"] is None or f"{one['compared_with']}/index.html" in page for one in nights)
    assert (tmp_path / "kept" / "history.html").is_file()
    assert len(list((tmp_path / "kept").glob("*/diff.html"))) == 2


@pytest.fixture
def held(tmp_path: Path) -> Iterator[None]:
    """Let another night be at work in the folder."""
    (tmp_path / "kept").mkdir()
    with FileLock(tmp_path / "kept" / ".lock"):
        yield


@pytest.mark.usefixtures("held")
def test_two_nights_do_not_meet(offline: Command, one_sentence: Sentence) -> None:
    """The second one is told so in one sentence, and sends nothing."""
    done = offline("night", "oversold", "--store", "kept")
    assert done.returncode == 2
    assert "another night is running in kept" in one_sentence(done)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--embedded", "--store", "file"], "file is a file, not a folder"),
        (["nobody", "--store", "kept"], "nobody"),
        (["oversold", "--profile", "x"], "expected a year and a month"),
        (["oversold", "--profile", "2020.01"], "no probe is that old, so nothing could fail"),
        (["--store", "kept"], "no key of a documented gateway is set, so there is nothing to audit"),
    ],
    ids=["store", "gateway", "profile", "old profile", "no key"],
)
def test_wrong_use_is_one_sentence(
    offline: Command, one_sentence: Sentence, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """Exit 2, and one line."""
    (tmp_path / "file").write_text("")
    done = offline("night", *arguments)
    assert done.returncode == 2
    assert message in one_sentence(done)


def test_a_broken_run_in_the_folder_costs_no_night(command: Command, tmp_path: Path) -> None:
    """What cannot be read is passed over, and the settings file holds for the night too."""
    (tmp_path / "kept" / "2026-01-01T020000Z").mkdir(parents=True)
    (tmp_path / "kept" / "2026-01-01T020000Z" / "run.jsonl").write_text("{")
    (tmp_path / "gateprobe.toml").write_text('gateway = ["openai"]\nembedded = true\nprofile = "2026.11"\n')
    done = command("night", "--store", "kept", "-k", "models_are_listed", "--markdown", "night.md")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The first night: of 1 finding on 1 gateway, no must is broken." in done.stdout
    assert (tmp_path / "night.md").read_text("utf-8").startswith("The first night: of 1 finding")
    assert "The history was not written" in done.stderr
    (folder,) = [path.parent for path in (tmp_path / "kept").glob("*/night.json")]
    assert record.load(folder).header.options.profile == "2026.11"


STREAMS = "generation_is_streamed or streamed_picture_arrives or streams_end_once or text_is_streamed"


def test_ask_again_asks_the_same_address_on_the_same_terms(command: Command) -> None:
    """The address, the key's variable, the depth and the budget are repeated, and every alarm is named."""
    again = []
    for faults in ((), ("end.no_terminal",)):
        with serve("openai", faults=faults) as served:
            which = ("--tier", "deep", "--base-url", served.url, "--key-env", "MINE_KEY", "--budget", "0.5")
            done = command("night", "openai", *which, "--store", "kept", "-k", STREAMS, MINE_KEY=served.key)
            again = [line for line in done.stdout.splitlines() if line.startswith("Test again: ")]
    terms = f"--tier deep --base-url {served.url} --key-env MINE_KEY --budget 0.5"
    named = " ".join(f"--probe={name}" for name in STREAMS.split(" or "))
    assert again == [f"Test again: gateprobe audit openai {terms} {named}"]
