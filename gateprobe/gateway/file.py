"""From TOML text to a `Gateway`: syntax, schema, then what the schema cannot say (documents, capabilities, values)."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from gateprobe import files
from gateprobe.errors import GatewayFileError, NoSuchGatewayError
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.complaint import complaint, dotted, of_schema, shown
from gateprobe.gateway.tasks import TaskRules
from gateprobe.gateway.types import (
    Baseline,
    Document,
    Gateway,
    KeyRule,
    Limits,
    Models,
    Paths,
    Prices,
    ResponsesBaseline,
    TokenPrices,
)
from gateprobe.model import Claim, Source, Stance
from gateprobe.resources import SCHEMAS


def load(path: Path) -> Gateway:
    """Read a gateway file; raises NoSuchGatewayError where it cannot be read, GatewayFileError where it is wrong."""
    try:
        text = files.read_named(path)
    except UnicodeDecodeError as error:
        raise GatewayFileError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8.") from error
    except OSError as error:
        raise NoSuchGatewayError(f"{path}: cannot be read ({error.strerror}).") from error
    return loads(text, str(path))


def loads(text: str, origin: str = "gateway file") -> Gateway:
    """Read a gateway from TOML text; `origin` names it in the one sentence of a GatewayFileError."""
    try:
        loaded = _loaded(text)
    except tomllib.TOMLDecodeError as error:
        raise GatewayFileError(f"{origin}{_syntax(text, error)}.") from error
    except (RecursionError, ValueError):
        raise GatewayFileError(
            f"{origin}: not readable TOML: it is nested too deeply, or a number is too long."
        ) from None
    if isinstance(loaded, Gateway):
        return loaded
    raise complaint(origin, text, *loaded)


@lru_cache(maxsize=64)  # a command reads the file of a gateway several times, and checking it takes 20 ms
def _loaded(text: str) -> Gateway | tuple[list[str | int], str]:
    """Return a gateway, or the place and the words of what is wrong with its file."""
    data = tomllib.loads(text)
    return next(_wrongs(data), None) or from_mapping(data)


def _syntax(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Reword the parser's message so that it starts with the line, as every other sentence does."""
    message, line = str(error), len(text.splitlines()) or 1
    if matched := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message):
        message, line = matched[1], int(matched[2])
    message = message.removesuffix(" (at end of document)")
    return f", line {line}: not TOML ({message[:1].lower()}{message[1:]})"


def _wrongs(data: Mapping[str, Any]) -> Iterator[tuple[list[str | int], str]]:
    """Yield what is wrong with a file's data, the schema's complaint first; the rest supposes the schema."""
    if (error := best_match(_validator().iter_errors(data), key=_relevance)) is not None:
        yield of_schema(error)
        return
    yield from _endless({name: value for name, value in data.items() if name != "claims"}, ())
    documents = data["documents"]
    for table in ("prices", "limits"):
        if table in data and data[table]["document"] not in documents:
            yield [table, "document"], _unknown_document([table, "document"], data[table]["document"], documents)
    if "async" in data and (what := _unclear_tasks(data["async"])):
        yield ["async"], what
    for number, claim in enumerate(data["claims"]):
        place: list[str | int] = ["claims", number]
        if claim["capability"] not in catalogue(relay=True):
            yield [*place, "capability"], _unknown_capability(place, claim["capability"])
            return
        if claim["document"] not in documents:
            yield [*place, "document"], _unknown_document([*place, "document"], claim["document"], documents)
        if "values" not in claim:
            continue
        form = _form(catalogue(relay=True)[claim["capability"]].form)
        if (error := best_match(form.iter_errors(claim["values"]), key=_relevance)) is not None:
            error.path.extendleft(("values", number, "claims"))
            path, what = of_schema(error)
            yield path, f"{what} ({claim['capability']})"


def _endless(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[list[str | int], str]]:
    """Yield what is wrong with the numbers of a file that no JSON can store: infinite, or none at all."""
    match value:
        case float() if not math.isfinite(value):
            yield list(path), f"{dotted(list(path))} is {value}; expected a finite number"
        case dict():
            for key, inner in value.items():
                yield from _endless(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _endless(inner, (*path, index))


def _unclear_tasks(rules: Mapping[str, Any]) -> str:
    """Return what is wrong with the words of an [async] table; empty if each belongs to one state."""
    words = [word.casefold() for key in ("queued", "running", "done", "failed") for word in rules.get(key, ())]
    twice = next((word for word in words if words.count(word) > 1), "")
    if twice:
        return f"async names {shown(twice)} in two states; expected each word in one of queued, running, done, failed"
    return "" if rules["done"] else "async.done is empty; expected the word of a finished task"


def _relevance(error: ValidationError) -> tuple[int, bool]:
    """Prefer the shallowest violation, and there one that names a key."""
    return -len(error.absolute_path), error.validator in {"required", "additionalProperties"}


def _unknown_document(path: list[str | int], key: str, documents: Mapping[str, Any]) -> str:
    return f"{dotted(path)} is {shown(key)}; expected one of the file's documents: {', '.join(sorted(documents))}"


def _unknown_capability(place: list[str | int], capability: str) -> str:
    hint = catalogue(relay=True).did_you_mean(capability)
    return f"{dotted([*place, 'capability'])} is {shown(capability)}, which is not in the catalogue; {hint}"


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / "gateway.schema.json").read_text("utf-8"))
    return schema


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_schema())


@cache
def _form(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$defs": _schema()["$defs"], **_schema()["$defs"]["forms"][name]})


def from_mapping(data: Mapping[str, Any]) -> Gateway:
    """Build a gateway from data that the schema has passed."""
    documents = {key: Document(**row) for key, row in data["documents"].items()}
    return Gateway(
        name=data["name"],
        title=data["title"],
        about=data.get("about", ""),
        adopted=data.get("adopted", False),
        base_url=data["base_url"],
        key=KeyRule(**data["key"]),
        models=_models(data["models"]),
        baseline=_baseline(data.get("baseline", {})),
        documents=MappingProxyType(documents),
        claims=_claims(data["claims"], documents),
        prices=_prices(data.get("prices", {})),
        limits=Limits(**data.get("limits", {})),
        tasks=_tasks(data["async"]) if "async" in data else None,
    )


def _models(data: Mapping[str, Any]) -> Models:
    image = data["image"]
    return Models.of(data["text"], [image] if isinstance(image, str) else image)


def _tasks(data: Mapping[str, Any]) -> TaskRules:
    states = {key: tuple(data.get(key, ())) for key in ("queued", "running", "done", "failed")}
    return TaskRules(**{key: _frozen(value) for key, value in data.items()} | states)


def _baseline(data: Mapping[str, Any]) -> Baseline:
    paths = {surface: path or None for surface, path in data.get("paths", {}).items()}
    responses = {key: _frozen(value) for key, value in data.get("responses", {}).items()}
    rest = {key: _frozen(value) for key, value in data.items() if key not in {"paths", "responses"}}
    rest["omit"] = tuple(data.get("omit", ()))
    return Baseline(paths=Paths(**paths), responses=ResponsesBaseline(**responses), **rest)


def _prices(data: Mapping[str, Any]) -> Prices:
    tokens = {key: TokenPrices(**data.get(key, {})) for key in ("image_model", "text_model")}
    return Prices(
        document=data.get("document", ""),
        pictures=_frozen(data.get("pictures", {})),
        models=tuple(data.get("models", ())),
        **tokens,
    )


def _frozen(value: Any) -> Any:
    """Make tables read-only, all the way down; arrays become tuples only where they are values of a claim."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return value


def _claims(rows: list[dict[str, Any]], documents: Mapping[str, Document]) -> Mapping[str, Claim]:
    """Gather the rows by capability, in the catalogue's order; the newest document governs, the others contest."""
    by_capability: dict[str, list[Claim]] = {}
    for row in rows:
        by_capability.setdefault(row["capability"], []).append(_claim(row, documents[row["document"]]))
    ordered = sorted(by_capability, key=catalogue(relay=True).position)
    return MappingProxyType({capability: governing(by_capability[capability]) for capability in ordered})


def _claim(row: Mapping[str, Any], document: Document) -> Claim:
    source = Source(
        document=row["document"],
        title=document.title,
        date=document.date,
        quote=row["quote"],
        url=document.url,
        truncated=row.get("truncated", False),
        paraphrased=document.paraphrased,
        english=row.get("english", ""),
    )
    return Claim(
        capability=row["capability"],
        stance=Stance(row["stance"]),
        values=tuple(row.get("values", [])),
        manner=row.get("manner", ""),
        refusal_status=tuple(row.get("refusal_status", [])),
        models=tuple(row.get("models", [])),
        otherwise=row.get("otherwise", False),
        sources=(source,),
    )


def governing(claims: list[Claim]) -> Claim:
    """Let the newest claim govern; what says the same adds its source, what says something else contests.

    A date that names only the year counts as older than one that names a month of it; of two claims of one date the
    one written first in the file governs.
    """
    newest, *others = sorted(claims, key=lambda claim: claim.sources[0].date, reverse=True)
    agreeing = [claim for claim in others if _statement(claim) == _statement(newest)]
    contesting = tuple(claim for claim in others if claim not in agreeing)
    sources = (*newest.sources, *(source for claim in agreeing for source in claim.sources))
    return replace(newest, sources=sources, contested=contesting)


def _statement(claim: Claim) -> tuple[object, ...]:
    return claim.stance, claim.values, claim.models, claim.otherwise
