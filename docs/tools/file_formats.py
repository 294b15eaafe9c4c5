"""The reference pages of files: gateway file, run folder, JSON reports, cassettes, and the SQL views of the history."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from docs.tools.markdown import heading, text
from gateprobe.resources import SCHEMAS
from gateprobe.views.nights.history_db import SCHEMA

_FILES: Final = (
    ("gateway-file", "gateway", "", "A gateway file (TOML): an address and the claims of its documents."),
    ("settings-file", "", "", "The file `gateprobe.toml` holds the [settings](settings.md) of a folder."),
    ("baseline-file", "baseline", "", "A baseline (TOML): contradictions that are accepted for now (`--baseline`)."),
    ("run-folder", "", "", ""),
    ("run-header", "record", "header", "The first line of `run.jsonl`."),
    ("run-record", "record", "record", "A line of `run.jsonl` for each probe, gateway and value."),
    ("run-footer", "record", "footer", "The last line of `run.jsonl`; without it, the run died."),
    ("json-report", "report", "", "What `gateprobe report RUN --format json` writes."),
    ("json-gateway", "report", "gateway", "An entry of `gateways` in the JSON report."),
    ("json-cause", "report", "cause_group", "An entry of `causes` of a gateway in the JSON report."),
    ("json-cell", "report", "cell", "An entry of `cells` in the JSON report."),
    ("json-record", "report", "record", "An entry of `records` of a cell in the JSON report."),
    ("night-json", "night", "", "`night.json`, which `gateprobe night` writes into the folder of each night."),
    ("recordings", "", "", ""),
)
"""The sections: the address, the schema, the definition inside it, and an introduction."""

_RUN_FOLDER: Final = """\
| in the folder | content |
| --- | --- |
| `run.jsonl` | a header, a record for each probe, gateway and value, and a footer |
| `evidence/GATEWAY/SCENARIO.jsonl` | a line before a request leaves, and one when it was answered |
| `evidence/bodies/` | each body once, under its SHA-256, secrets masked |
| `gateways/` | the gateway files that the verdicts rest on |
| `upstream/` | in runs of `gateprobe relay`: what the upstream received and sent |
| `seal.json` | digests of records and evidence: a run that was changed by hand no longer matches them |
| `index.html`, `pictures/` | the report, drawn from the rest; `gateprobe report RUN` draws it again |
| `night.json`, `diff.html` | in runs of `gateprobe night`: the night in words and numbers, and what changed |
"""

_RECORDINGS: Final = """\
`gateprobe check FILE` reads these files. It detects the format from the name and the first bytes.

| file | content |
| --- | --- |
| server-sent events | one response, as received (`curl -sN … > stream.sse`) |
| JSON lines | the events of a stream or of a WebSocket, one a line |
| JSON | one body: a Response, a list of pictures or of models, an error |
| HAR (`.har`) | requests and answers of a browser or a proxy; also what `gateprobe har RUN` writes |
| cassette (`.yaml`, `.json`) | recordings of vcrpy, Ruby VCR or httpmock; YAML needs the extra `cassettes` |
"""

_TITLES: Final = MappingProxyType({"json": "JSON"})

VIEWS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "nights": {
            "folder": "the name of the run's folder",
            "started_at": "the start of the run (ISO 8601, UTC)",
            "version": "the gateprobe that wrote the run",
            "tier": "smoke, nightly or deep",
            "exit_code": "the exit code of the run; null where it died",
            "embedded": "1 where only embedded references were audited",
            "judged_by": "a digest of the probes and schemas that judged it",
        },
        "gateway_nights": {
            "folder": "the name of the run's folder",
            "started_at": "the start of the run",
            "gateway": "the name of the gateway, with `/MODEL` where it was audited with several models",
            "seconds": "the duration of one streamed picture, or else of one plain picture; null without a picture",
            "pictures": "the number of bought pictures",
            "usd": "the cost of the run in US dollars; null where it is not known",
            "usd_each": "the price of one picture of 1024x1024 at quality low",
            "cause_of_outage": "why nothing could be observed, such as `auth` or `network`; null where something was",
        },
        "verdicts": {
            "folder": "the name of the run's folder",
            "started_at": "the start of the run",
            "gateway": "the name of the gateway",
            "capability": "the capability's id",
            "verdict": "confirmed, contradicted, undeclared, absent or unproven: the worst of its probes",
            "level": "the level of the probe that decided: must, should or info",
        },
    }
)
"""The views of `history.sqlite`, and what each column holds."""


def file_formats() -> str:
    """Return the page of file formats."""
    return "\n".join(_formats())


def _formats() -> Iterator[str]:
    yield "# File formats\n\nThe tables are made from the JSON Schemas in `schemas/`. Within one"
    yield "format number, fields are only ever added.\n"
    for anchor, schema, definition, introduction in _FILES:
        first, *rest = anchor.split("-")
        yield f"## {' '.join([_TITLES.get(first, first.capitalize()), *rest])} {{: #{anchor} }}\n"
        yield {"run-folder": _RUN_FOLDER, "recordings": _RECORDINGS}.get(anchor, f"{introduction}\n")
        if schema:
            whole = orjson.loads((SCHEMAS / f"{schema}.schema.json").read_bytes())
            yield f"Schema: `schemas/{schema}.schema.json`.\n\n| field | type | meaning |\n| --- | --- | --- |"
            yield from _rows(whole, whole["$defs"][definition] if definition else whole, anchor, "")
            yield ""


def _rows(whole: Mapping[str, Any], schema: Mapping[str, Any], anchor: str, prefix: str) -> Iterator[str]:
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        inner = _resolved(whole, given)
        meaning = text(str(given.get("description", inner.get("description", ""))))
        needed = "" if name in required or not required else " (optional)"
        path = f"{prefix}{name}"
        yield f'| <a id="{anchor}.{path}"></a>`{path}`{needed} | {text(_type(whole, inner))} | {meaning} |'
        items = _resolved(whole, inner.get("items", {}))
        if "$ref" not in given:
            yield from _rows(whole, inner, anchor, f"{path}.")
            yield from _rows(whole, {} if "$ref" in inner.get("items", {}) else items, anchor, f"{path}[].")
            yield from _rows(whole, _resolved(whole, inner.get("additionalProperties")), anchor, f"{path}.NAME.")


def _resolved(whole: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    if not isinstance(schema, dict):
        return {}
    match = re.fullmatch(r"#/\$defs/(\w+)", schema.get("$ref", ""))
    return _resolved(whole, whole["$defs"][match[1]]) if match else schema


def _type(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return the type of a field in words."""
    if "enum" in schema:
        return ", ".join("null" if value is None else str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(whole, _resolved(whole, option)) for option in schema[several]))
    given = schema.get("type", "any")
    return given if isinstance(given, str) else " or ".join(given)


def sql_views() -> str:
    """Return the page of the views of `history.sqlite`."""
    rows = [
        "# SQL views\n\n`gateprobe history` and `gateprobe night` keep `history.sqlite` beside the runs. It is a",
        "cache, which is made again where it is missing. Query these views; the tables behind them may change.\n",
        '```text\nsqlite3 nights/history.sqlite "select started_at, capability from verdicts',
        "  where gateway = 'openai' and verdict = 'contradicted' and level = 'must' order by started_at\"\n```\n",
    ]
    for view in columns():
        rows += [heading(view, "##"), "| column | meaning |\n| --- | --- |"]
        rows += [f'| <a id="{view}.{name}"></a>`{name}` | {text(meaning)} |' for name, meaning in VIEWS[view].items()]
        rows += [""]
    return "\n".join(rows)


def columns() -> dict[str, list[str]]:
    """Return the columns of each view, as the database has them."""
    with sqlite3.connect(":memory:") as database:
        database.executescript(SCHEMA)
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'view'")]
        return {
            view: [column for (column,) in database.execute("select name from pragma_table_info(?)", (view,))]
            for view in names
        }
