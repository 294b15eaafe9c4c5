"""Settings from a file: `gateprobe.toml`, or `[tool.gateprobe]` in `pyproject.toml`, of the current folder.

A key is an option of `gateprobe audit` without its dashes (`tier`, `max-images`), `gateway` a list of gateways. An
option on the command line overrides the environment (`GATEPROBE_AUDIT_TIER`), which overrides the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateprobe import files
from gateprobe.errors import UsageError
from gateprobe.suggestions import did_you_mean


@dataclass(frozen=True, slots=True)
class FromFile:
    """The content of a settings file; `path` is None where there is none."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def read(folder: Path) -> FromFile:
    """Read the settings file of a folder; `gateprobe.toml` comes before `pyproject.toml`.

    Raises:
        UsageError: it is not TOML.
    """
    for name, keys in (("gateprobe.toml", ()), ("pyproject.toml", ("tool", "gateprobe"))):
        path = folder / name
        if not path.is_file():
            continue
        try:
            table: Any = tomllib.loads(files.read_named(path))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UsageError(f"{path} cannot be read as TOML: {error}") from None
        except (RecursionError, ValueError):
            raise UsageError(
                f"{path} cannot be read as TOML: it is nested too deeply, or a number is too long"
            ) from None
        for key in keys:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict) and table:
            return FromFile(path, MappingProxyType(table))
    return FromFile()


def checked(settings: FromFile, known: Collection[str]) -> dict[str, Any]:
    """Return the settings by the names of their options.

    Raises:
        UsageError: a key is none of the known options.
    """
    values = {}
    for key, value in settings.values.items():
        name = key.replace("_", "-")
        if isinstance(value, dict) and name not in known:
            raise UsageError(f"{settings.path}: settings do not belong under a heading; move those of [{key}] up")
        if name not in known:
            hint = did_you_mean(name, known, f"known are {', '.join(sorted(known))}", most=2)
            raise UsageError(f"{settings.path}: unknown setting {key!r}; {hint}")
        values[name] = value
    return values
