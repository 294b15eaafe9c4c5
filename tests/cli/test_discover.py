"""`gateprobe discover`: an unknown gateway is learnt, and held to what it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gateprobe.gateway import load
from gateprobe.model import Stance
from gateprobe.reference import serve
from tests.cli.conftest import Command
from tests.support.loopback import refusing_port

pytestmark = pytest.mark.slow


def test_what_was_learnt_is_kept_until_it_changes(command: Command, tmp_path: Path) -> None:
    """An audit of the learnt file finds every promise kept, and none once the same address behaves otherwise."""
    with serve("openai") as served:
        done = command("discover", served.url, "--out", "learnt.toml", GATEPROBE_API_KEY=served.key)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "22 models listed: drawing with gpt-image-2, called by gpt-5.5" in done.stdout
        again = command("audit", "learnt.toml", "--tier", "smoke", GATEPROBE_API_KEY=served.key)
        assert again.returncode == 0, again.stdout
    learnt = load(tmp_path / "learnt.toml")
    assert learnt.documented("responses.image.stream").stance is Stance.OFFERED
    assert served.key not in (tmp_path / "learnt.toml").read_text("utf-8")
    with serve("openai", faults=["end.no_terminal"]) as broken:
        worse = command(
            "audit", "learnt.toml", "--tier", "smoke", "--base-url", broken.url, GATEPROBE_API_KEY=broken.key
        )
    assert worse.returncode == 1, worse.stdout
    assert "stream.terminal" in worse.stdout


def test_what_a_gateway_refuses_is_learnt_as_refused(command: Command, tmp_path: Path) -> None:
    """A gateway without the Responses API is not held to it; it is asked by a model that it lists."""
    with serve("ofox") as served:
        done = command("discover", served.url, "--out", "learnt.toml", GATEPROBE_API_KEY=served.key)
    assert done.returncode == 0, done.stdout + done.stderr
    learnt = load(tmp_path / "learnt.toml")
    assert learnt.documented("responses.text").stance is not Stance.OFFERED
    assert (learnt.models.text, learnt.models.image) == ("gpt-5", "gpt-image-2")


def test_nothing_is_written_of_a_gateway_that_is_not_there(command: Command, tmp_path: Path) -> None:
    """Nobody listens: exit 10, no file, and the reason."""
    url = f"http://127.0.0.1:{refusing_port()}/v1"
    done = command("discover", url, "--out", "learnt.toml", "--answer-timeout", "2")
    assert done.returncode == 10
    assert "No models list could be read; OpenAI's names are used: drawing with gpt-image-2" in done.stdout
    assert "Nothing could be observed, so no file is written: 4 connections in a row failed" in done.stdout
    assert "connection refused" in done.stdout
    assert not (tmp_path / "learnt.toml").exists()


def test_a_file_that_is_there_is_not_written_over(
    command: Command, tmp_path: Path, one_sentence: Callable[[CompletedProcess[str]], str]
) -> None:
    """That is said before anything is asked; so is a name where a URL belongs."""
    (tmp_path / "learnt.toml").write_text("mine", "utf-8")
    done = command("discover", "http://127.0.0.1:1/v1", "--out", "learnt.toml")
    assert done.returncode == 2
    assert one_sentence(done).endswith("learnt.toml exists already; name another --out")
    assert (tmp_path / "learnt.toml").read_text("utf-8") == "mine"
    named = command("discover", "openai")
    assert named.returncode == 2
    assert one_sentence(named).startswith("gateprobe: openai is not an address")


def test_a_gateway_that_needs_another_form_is_asked_in_it(command: Command, tmp_path: Path) -> None:
    """A gateway that needs instructions, a list and streams: the file states them, and requests in that form work."""
    with serve("vibeapi") as served:
        chosen = ("--tier", "nightly", "--probe", "responses.text.stream", "--out", "learnt.toml")
        done = command("discover", served.url, *chosen, GATEPROBE_API_KEY=served.key)
        assert served.counters.images == 0
    assert "The Responses API needs instructions, input as a list and stream: true" in done.stdout
    learnt = load(tmp_path / "learnt.toml")
    form = learnt.baseline.responses
    assert (form.input, form.stream) == ("list", True)
    assert learnt.documented("responses.text.stream").stance is Stance.OFFERED
