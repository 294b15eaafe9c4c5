"""The recipes of docs/relay.md: that of nginx is run as it is, the files and commands of the others are read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest
import yaml

from gateprobe.cli import cli
from gateprobe.cli import run as gateprobe
from gateprobe.gateway import loads
from gateprobe.model import Verdict
from gateprobe.record.file import load
from tests.support.servers.programs import find_program, free_port

pytestmark = pytest.mark.slow

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "relay.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the page's code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def contradicted(folder: Path, program: str, configuration: str, arguments: list[str]) -> set[str]:
    """Return what a relay run of a program contradicts, of what its settings decide."""
    path = find_program(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    front, upstream = free_port(), free_port()
    text = configuration.replace("4000", str(front)).replace("8190", str(upstream))
    folder.chmod(0o777)  # servers that root starts give up their rights
    (folder / "configuration").write_text(text, "utf-8")
    selected = ["-p", "events_are_passed_at_once[responses]", "--max-requests", "50"]
    options = ["--upstream-port", str(upstream), "-o", str(folder / "run"), *selected]
    gateprobe(["relay", f"http://127.0.0.1:{front}/v1", *options, "--", str(path), *arguments])
    records = load(folder / "run").records
    assert records
    assert all(record.verdict in (Verdict.CONFIRMED, Verdict.CONTRADICTED) for record in records)
    return {record.capability for record in records if record.verdict is Verdict.CONTRADICTED}


def test_nginx_holds_events_back_without_two_settings(tmp_path: Path) -> None:
    """As the page says; `benchmarks/servers.py` audits the tuned one."""
    (configuration,) = blocks("nginx")
    text = re.sub("proxy_(http|buf).*;", "", configuration)
    arguments = ["-p", str(tmp_path), "-c", str(tmp_path / "configuration")]
    assert contradicted(tmp_path, "nginx", text, arguments) == {"relay.immediate"}


def test_the_other_files_of_the_page_can_be_read() -> None:
    """The gateway file of Portkey loads; the YAML of LiteLLM and of the workflow is valid."""
    (portkey,) = blocks("toml")
    assert loads(portkey).baseline.headers["x-portkey-provider"] == "openai"
    litellm, workflow = map(yaml.safe_load, blocks("yaml"))
    assert [model["model_name"] for model in litellm["model_list"]] == ["gpt-5.5", "gpt-image-2"]
    assert workflow["jobs"]["relay"]["steps"]


def commands() -> list[str]:
    """Return each `gateprobe relay …` of the page."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    steps = [
        step.get("run", "") for text in blocks("yaml")[1:] for step in yaml.safe_load(text)["jobs"]["relay"]["steps"]
    ]
    return [line for line in (*lines, *steps) if line.startswith("gateprobe ")]


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_is_understood(line: str) -> None:
    """Options and their values are known; nothing is run."""
    name, *arguments = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    with command.make_context(name, list(arguments)) as context:
        assert context.params
