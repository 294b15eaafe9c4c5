"""The baseline: contradictions that a product accepts for now, each by its exact item and with a reason.

An accepted contradiction stays visible everywhere and does not fail a run. What is accepted and no longer contradicted,
what has expired and what no probe is called fail it, so that the file never says more than is so.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from gateprobe import files
from gateprobe.codec import from_plain
from gateprobe.errors import UsageError
from gateprobe.gateway.complaint import line_of, of_schema
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Record
from gateprobe.record.options import Accepted
from gateprobe.resources import SCHEMAS
from gateprobe.text import printable

_LONG = 300  # characters of a reason that is taken from what was observed


class BaselineError(UsageError):
    """A baseline file does not have the form that `schemas/baseline.schema.json` states."""


def load(path: Path) -> tuple[Accepted, ...]:
    """Read a baseline file.

    Raises:
        BaselineError: it cannot be read, or does not have the documented form.
    """
    try:
        text = files.read_named(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"the baseline {path} cannot be read: {getattr(error, 'strerror', '') or error}") from None
    return loads(text, str(path))


def loads(text: str, origin: str) -> tuple[Accepted, ...]:
    """Read the text of a baseline file; `origin` names it in a complaint.

    Raises:
        BaselineError: it does not have the documented form.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BaselineError(f"{origin}: not TOML ({error})") from None
    except (RecursionError, ValueError):
        raise BaselineError(f"{origin}: not readable TOML: it is nested too deeply, or a number is too long") from None
    if isinstance(listed := data.get("accepted"), list):
        data["accepted"] = [_dated(item) if isinstance(item, dict) else item for item in listed]
    wrong = best_match(_validator().iter_errors(data))
    if wrong is not None:
        path, what = of_schema(wrong)
        raise BaselineError(f"{_place(origin, text, path)}: {what}")
    entries: list[dict[str, str]] = data.get("accepted", [])
    seen: set[str] = set()
    for at, entry in enumerate(entries):
        where = _place(origin, text, ["accepted", at])
        if entry["item"] in seen:
            raise BaselineError(f"{where}: {entry['item']} is accepted twice; once is enough")
        seen.add(entry["item"])
        if entry.get("expires") and not _is_day(entry["expires"]):
            raise BaselineError(f"{where}: {entry['expires']} is no day of the calendar")
    return from_plain(tuple[Accepted, ...], entries)


def dumps(accepted: Iterable[Accepted]) -> str:
    """Write a baseline file."""
    return "\n".join(_lines(accepted)) + "\n"


def _lines(accepted: Iterable[Accepted]) -> Iterator[str]:
    yield "# Contradictions that are accepted for now. They stay in every report and do not fail an audit;"
    yield "# one that is mended, has expired or names no probe does, until it is taken out of here."
    for item in accepted:
        yield from ("", "[[accepted]]", f"item = {_string(item.item)}", f"reason = {_string(item.reason)}")
        if item.expires:
            yield f"expires = {item.expires}"


def of_run(records: Iterable[Record], day: str, reason: str = "", expires: str = "") -> tuple[Accepted, ...]:
    """Accept every contradiction that fails a run, hides an answer in it, or was accepted; its reason is what was seen.

    A lesser one that hides an answer must be accepted as well, or else the run stays incomplete.
    """
    judged = tuple(records)
    hiding = {(item.gateway, item.caused_by) for item in judged if item.unseen}
    broken = [
        record
        for record in judged
        if record.verdict is Verdict.CONTRADICTED
        and (record.level is Level.MUST or record.accepted or (record.gateway, record.capability) in hiding)
    ]
    return tuple(
        Accepted(item.item, item.accepted or reason or printable(f"observed {day}: {item.reason}", _LONG), expires)
        for item in broken
    )


def _string(text: str) -> str:
    """Quote a string for TOML; what could act in a terminal or an editor is written as an escape before."""
    return json.dumps(printable(text), ensure_ascii=False)


def _dated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write a TOML date as text, which is what the schema speaks of."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in entry.items()}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _place(origin: str, text: str, path: list[str | int]) -> str:
    line = line_of(text, path)
    return f"{origin}, line {line}" if line else origin


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / "baseline.schema.json").read_text("utf-8")))
