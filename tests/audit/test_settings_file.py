"""Settings come from one file, by the names of the options, and a slip of the pen is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.audit import settings_file
from gateprobe.errors import UsageError


def test_no_file_sets_nothing(tmp_path: Path) -> None:
    """An empty folder has no settings."""
    assert settings_file.read(tmp_path) == settings_file.FromFile()


def test_gateprobe_toml_comes_before_pyproject(tmp_path: Path) -> None:
    """Its own file wins over a table in pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text('[tool.gateprobe]\ntier = "deep"\n')
    assert dict(settings_file.read(tmp_path).values) == {"tier": "deep"}
    (tmp_path / "gateprobe.toml").write_text('tier = "smoke"\n')
    assert dict(settings_file.read(tmp_path).values) == {"tier": "smoke"}


def test_a_pyproject_without_the_table_sets_nothing(tmp_path: Path) -> None:
    """Somebody else's pyproject.toml is not ours."""
    (tmp_path / "pyproject.toml").write_text("[tool]\ngateprobe = 3\n")
    assert settings_file.read(tmp_path) == settings_file.FromFile()


def test_underscores_are_dashes(tmp_path: Path) -> None:
    """`max_images` and `max-images` are one setting."""
    (tmp_path / "gateprobe.toml").write_text("max_images = 3\n")
    assert settings_file.checked(settings_file.read(tmp_path), {"max-images"}) == {"max-images": 3}


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    """The sentence says which file, which key, and what was meant."""
    (tmp_path / "gateprobe.toml").write_text("teir = 1\n")
    with pytest.raises(UsageError, match=r"gateprobe\.toml: unknown setting 'teir'; did you mean tier\?"):
        settings_file.checked(settings_file.read(tmp_path), {"tier", "jobs"})


def test_broken_toml_is_one_sentence(tmp_path: Path) -> None:
    """A file that is no TOML is named."""
    (tmp_path / "gateprobe.toml").write_text("tier =\n")
    with pytest.raises(UsageError, match="cannot be read as TOML"):
        settings_file.read(tmp_path)
