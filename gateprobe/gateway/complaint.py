"""One sentence about a broken gateway file: the file, the line or key, and what was expected there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from jsonschema import ValidationError

from gateprobe.errors import GatewayFileError
from gateprobe.suggestions import closest

Path = Sequence[str | int]

_SHOWN = 60


def complaint(origin: str, text: str, path: Path, what: str) -> GatewayFileError:
    """Build the exception for a place in a gateway file; `what` says what is wrong there, without a full stop."""
    line = line_of(text, path)
    where = f"{origin}, line {line}" if line else origin
    return GatewayFileError(f"{where}: {what}" + ("" if what.endswith("?") else "."))


def of_schema(error: ValidationError) -> tuple[list[str | int], str]:
    """Return the place of a schema violation and what was expected there."""
    path = list(error.absolute_path)
    name = dotted(path)
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    expected = schema.get("description", "something else")
    match error.validator:
        case "required":
            missing = next(key for key in schema["required"] if key not in instance)
            described = schema.get("properties", {}).get(missing, {}).get("description")
            return path, f'{name or "the file"} lacks "{missing}"' + (f", {described}" if described else "")
        case "additionalProperties":
            unknown = next(key for key in instance if key not in schema["properties"])
            return [*path, unknown], f'{name or "the file"} has no key "{unknown}"; ' + _offer(
                unknown, schema["properties"]
            )
        case "propertyNames" | _ if error.parent is not None and error.parent.validator == "propertyNames":
            return [*path, str(instance)], f"{name} has the key {shown(instance)}; expected {expected}"
        case "uniqueItems":
            return path, f"{name} holds a value twice"
        case _:
            return path, f"{name or 'the file'} is {shown(instance)}; expected {expected}"


def _offer(word: str, known: Sequence[str]) -> str:
    close = closest(word, known, most=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return "expected one of " + ", ".join(sorted(known))


def shown(value: object) -> str:
    """Show a value of the file in a few characters, on one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def dotted(path: Path) -> str:
    """Write a path as TOML users would: `claims[3].stance`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def line_of(text: str, path: Path) -> int | None:
    """Find the line of a key in TOML text, as well as that can be done without a parser that keeps lines.

    The header of the innermost table that is written out is found first, then the key below it; None where neither
    is.
    """
    lines = text.splitlines()
    start, rest = 0, list(path)
    for length in range(len(rest), 0, -1):
        header = _header(lines, rest[:length])
        if header is not None:
            start, rest = header, rest[length:]
            break
    else:
        rest = list(path)
    if rest and isinstance(rest[0], str):
        key = re.compile(rf"""\s*(?:"{re.escape(rest[0])}"|{re.escape(rest[0])})\s*(?:=|\.)""")
        for number in range(start, len(lines)):
            if number > start and lines[number].startswith("["):
                break
            if key.match(lines[number]):
                return number + 1
    return start + 1 if start or _header(lines, path[:1]) == 0 else None


def _header(lines: Sequence[str], path: Path) -> int | None:
    """Find the index of the line that opens a table, `[a.b]` or the n-th `[[a]]`."""
    names = [step for step in path if isinstance(step, str)]
    if not names or isinstance(path[0], int):
        return None
    if isinstance(path[-1], int):
        opened = [at for at, line in enumerate(lines) if line.strip() == f"[[{'.'.join(names)}]]"]
        return opened[path[-1]] if path[-1] < len(opened) else None
    wanted = f"[{'.'.join(names)}]"
    return next((at for at, line in enumerate(lines) if line.split("#")[0].strip() == wanted), None)
