"""The snippets of docs/ci.md, read as a CI service reads them: valid YAML, and commands that the command knows."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from gateprobe.cli import cli
from gateprobe.record.baseline import load

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "ci.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the page's code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def strings(value: object) -> list[str]:
    """Return every text in a document."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def command(name: str) -> click.Command:
    """Return a subcommand."""
    parsed = cli.get_command(click.Context(cli), name)
    assert parsed is not None
    return parsed


def commands() -> list[str]:
    """Return every `gateprobe …` that the page lets a shell run."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    lines += [text for block in blocks("yaml") for text in strings(yaml.safe_load(block))]
    parsed = [part.strip() for line in lines for part in line.split("&&")]
    return [text.partition(" >>")[0] for text in parsed if text.startswith("gateprobe ")]


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_is_understood(line: str) -> None:
    """Options and their values are known; nothing is run."""
    name, *arguments = shlex.split(line)[1:]
    with command(name).make_context(name, list(arguments)) as context:
        assert context.params


def test_the_gitlab_job_is_one() -> None:
    """A job with a script, an exit code that only warns, and a JUnit report that the script writes."""
    (job,) = (parsed["gateprobe"] for block in blocks("yaml") if "gateprobe" in (parsed := yaml.safe_load(block)))
    audit = next(line for line in job["script"] if line.startswith("gateprobe "))
    assert job["allow_failure"] == {"exit_codes": 10}
    assert f"--junit {job['artifacts']['reports']['junit']}" in audit
    variables = {f"GATEPROBE_AUDIT_{parameter.name}".upper() for parameter in command("audit").params}
    assert set(job["variables"]) - {"GIT_SUBMODULE_STRATEGY"} <= variables


def test_the_actions_inputs_are_its_own() -> None:
    """What the page hands to the action, the action takes."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps: list[dict[str, Any]] = [
        step
        for block in blocks("yaml")
        for step in yaml.safe_load(block).get("jobs", {}).get("gate", {}).get("steps", [])
    ]
    (step,) = (accepted for accepted in steps if "gateprobe" in accepted.get("uses", ""))
    assert step["with"].keys() <= action["inputs"].keys()


def test_the_files_of_the_page_are_read(tmp_path: Path) -> None:
    """The settings and the baseline that are shown are what the command reads."""
    settings, accepted = blocks("toml")
    options = {parameter.name for parameter in command("audit").params}
    assert {name.replace("need", "needs").replace("gateway", "gateways") for name in tomllib.loads(settings)} <= options
    (tmp_path / "baseline.toml").write_text(accepted, "utf-8")
    (entry,) = load(tmp_path / "baseline.toml")
    assert entry.item == "n_is_honoured[2]@vibeapi"
