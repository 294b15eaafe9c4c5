"""Settings: an option wins over the environment, the environment over the file, the file over the default."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateprobe.audit.settings_file import FromFile
from gateprobe.cli import run as gateprobe
from gateprobe.cli.commands.config import defaults, path_options

FILE: Final = 'gateway = ["oversold"]\ntier = "smoke"\nmax-images = 3\nneed = ["models.list"]\n'


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Return what `gateprobe config` says, by the name of the setting: the value's words, and at last its source."""
    assert gateprobe(["config"]) == 0
    return {words[0]: words[1:] for line in capsys.readouterr().out.splitlines() if (words := line.split())}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a settings file, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateprobe.toml").write_text(FILE)
    return tmp_path


def test_config_says_where_each_setting_comes_from(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment wins over the file, the file over the default; each line names its source."""
    monkeypatch.setenv("GATEPROBE_AUDIT_MAX_IMAGES", "7")
    found = told(capsys)
    assert found["file:"] == [str(here / "gateprobe.toml")]
    assert found["tier"] == ["smoke", "file"]
    assert found["max-images"] == ["7", "environment"]
    assert found["jobs"] == ["4", "default"]
    assert found["gateway"] == ["('oversold',)", "file"]


def test_the_file_of_a_project_is_shown_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table in pyproject.toml is named where there is no gateprobe.toml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.gateprobe]\nmax-images = 5\n")
    found = told(capsys)
    assert found["file:"] == [str(tmp_path / "pyproject.toml")]
    assert found["max-images"] == ["5", "file"]


@pytest.mark.usefixtures("here")
def test_what_is_in_force_is_what_is_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan made here is the file's; with the environment, the environment's; with an option, the option's."""
    asked = []
    for arguments, environment in (([], {}), ([], {"GATEPROBE_PLAN_TIER": "deep"}), (["--tier", "nightly"], {})):
        with monkeypatch.context() as context:
            for name, value in environment.items():
                context.setenv(name, value)
            assert gateprobe(["plan", "--max-images", "99", *arguments]) == 0
        (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("oversold")]
        asked.append(int(line.split()[4]))
    smoke, deep, nightly = asked
    assert smoke <= 1 < nightly < deep


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('tier = "daily"', "daily"),
        ('max-images = "many"', "many"),
        ("jobs = 0", "0"),
        ('teir = "smoke"', "did you mean tier?"),
        ("budget = [1]", "budget is [1]; expected a number of USD, 0 or more"),
        ("budget = true", "budget is true; expected a number of USD, 0 or more"),
        ("tier = 3", "tier is 3; expected a text in quotes"),
        ("profile = 2026.11", "profile is 2026.11; expected a text in quotes"),
        ("need = 3", "need is 3; expected a list of texts"),
        ('gateway = ["openai", 3]', 'gateway is ["openai", 3]; expected a list of texts'),
        ('embedded = "maybe"', 'embedded is "maybe"; expected true or false'),
        ('verbose = "x"', 'verbose is "x"; expected a whole number from 0 to 3'),
        ('[audit]\ntier = "smoke"', "move those of [audit] up"),
        ("budget = \n", "cannot be read as TOML: Invalid value (at line 1, column 10)"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], written: str, said: str
) -> None:
    """A wrong value in the file is named with the file, and is no traceback."""
    (here / "gateprobe.toml").write_text(written)
    assert gateprobe(["config"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "gateprobe.toml" in line
    assert said in line


def test_one_text_is_a_list_of_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A single need or gateway may be written without brackets."""
    (here / "gateprobe.toml").write_text('need = "images.edit"\ngateway = "oversold"\n')
    assert gateprobe(["config"]) == 0
    shown = capsys.readouterr().out
    assert "('images.edit',)" in shown
    assert "('oversold',)" in shown


FILES: Final = path_options()


def test_files_that_a_file_may_name_are_found() -> None:
    """The options that name a file or a folder are known by their type, so that a new one is among them."""
    assert {"junit", "markdown", "output", "baseline"} <= set(FILES)


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "~/.bashrc", "link/x"])
@pytest.mark.parametrize("name", FILES)
def test_no_file_outside_is_named(here: Path, capsys: pytest.CaptureFixture[str], name: str, path: str) -> None:
    """A stranger's settings file writes and reads nothing outside its folder, also behind a link."""
    (here / "link").symlink_to(here.parent)
    (here / "gateprobe.toml").write_text(f'{name} = "{path}"\n')
    assert gateprobe(["config"]) == 2
    assert f"gateprobe.toml: {name} leads out of the folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_a_file_inside_may_be_named(here: Path, name: str) -> None:
    """What stays in the folder is a setting like any other."""
    settings = FromFile(here / "gateprobe.toml", {name: "reports/x"})
    assert "reports/x" in map(str, defaults(settings)["audit"].values())
