"""The recipes of docs/relay.md: that of nginx is run as it is, the files and commands of the others are read."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
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
from tests.support.passing.relay import CLIENT_KEY
from tests.support.servers.programs import find_program, free_port

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "relay.md").read_text("utf-8")


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


def test_the_workflow_ends_as_its_gateway_deserves(tmp_path: Path) -> None:
    """Its steps run as the page prints them, in a folder with a gateway; variables select one probe.

    In place of `--chaos` comes the baseline of the paragraph below, which accepts nothing.
    """
    steps = [step["run"] for step in yaml.safe_load(blocks("yaml")[1])["jobs"]["relay"]["steps"] if "run" in step]
    steps = [step for step in steps if not step.startswith("pip install")]
    front, upstream = free_port(), free_port()
    programs = Path(sys.executable).parent
    gateway = f'#!/bin/sh\nexec "{sys.executable}" -m tests.support.passing {front}\n'
    (tmp_path / "my-gateway").write_text(gateway, "utf-8")
    (tmp_path / "my-gateway").chmod(0o755)
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GATEPROBE_API_KEY": CLIENT_KEY,
        "GATEPROBE_RELAY_PROBES": "client_key_stays_in_front",
        "GATEPROBE_RELAY_MAX_REQUESTS": "50",
    }
    (tmp_path / "gateprobe-baseline.toml").write_text("", "utf-8")
    outcomes = []
    for step in steps:
        options = f"--upstream-port {upstream} --baseline gateprobe-baseline.toml"
        text = step.replace("4000", str(front)).replace("--chaos", options)
        done = subprocess.run(  # noqa: S603 - our own page
            ["/bin/bash", "-e", "-c", text], check=False, cwd=tmp_path, env=environment, capture_output=True
        )
        outcomes.append((done.returncode, done.stderr.decode()[-400:] if done.returncode else ""))
    assert outcomes == [(0, "")] * len(steps)
    assert "relay" in (tmp_path / "summary.md").read_text("utf-8")
    assert (tmp_path / "relay.tar.gz").is_file()


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
