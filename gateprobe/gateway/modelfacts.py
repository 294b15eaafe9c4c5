"""What depends on the image model's generation, and when models end: read from `probes/model-facts.toml`.

A probe asks this table instead of assuming gpt-image-2; an audit asks it whether a gateway file names a model that is
gone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from gateprobe.resources import PROBES

SOON: Final = timedelta(days=60)
"""How long before its end a model is warned of."""


class Transparency(StrEnum):
    """What becomes of a transparent background; with a preview, a picture with alpha and a refusal are both right."""

    REFUSED = "refused"
    PREVIEW = "preview"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of one image model.

    `sizes` are the sizes it draws, or None where gpt-image-2's rule holds. `input_fidelity` is empty where the
    parameter is refused. `sources` name the documents with their dates.
    """

    id: str
    generation: str
    transparent: Transparency
    sizes: tuple[str, ...] | None
    input_fidelity: tuple[str, ...]
    qualities: tuple[str, ...]
    sources: tuple[str, ...]
    snapshots: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    released: date | None = None
    shutdown: date | None = None
    successor: str | None = None

    def ending(self, today: date) -> str:
        """Return the sentence that the model is gone or about to go; empty where neither is so."""
        if self.shutdown is None or today < self.shutdown - SOON:
            return ""
        instead = f"; {self.successor} takes its place" if self.successor else ""
        if today >= self.shutdown:
            return f"{self.id} was shut down on {self.shutdown}{instead}."
        days = (self.shutdown - today).days
        return f"{self.id} will be shut down on {self.shutdown}, in {days} {'day' if days == 1 else 'days'}{instead}."


def parse(data: Mapping[str, Any]) -> Mapping[str, ModelFacts]:
    """Read the table of models: facts by model id and by snapshot; the file is ours, so faults are plain."""
    every = [_facts(row, data["documents"]) for row in data["models"]]
    return MappingProxyType({name: facts for facts in every for name in (facts.id, *facts.snapshots)})


def _facts(row: Mapping[str, Any], documents: Mapping[str, Mapping[str, str]]) -> ModelFacts:
    return ModelFacts(
        id=row["id"],
        generation=row["generation"],
        transparent=Transparency(row["transparent"]),
        sizes=None if row["sizes"] == "rule" else tuple(row["sizes"]),
        input_fidelity=tuple(row["input_fidelity"]),
        qualities=tuple(row["qualities"]),
        sources=_sources(row["documents"], documents),
        snapshots=tuple(row.get("snapshots", ())),
        extras=tuple(row.get("extras", ())),
        released=row.get("released"),
        shutdown=row.get("shutdown"),
        successor=row.get("successor"),
    )


def _sources(keys: Iterable[str], documents: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(f"{documents[key]['title']}, {documents[key]['date']}" for key in keys)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((PROBES / "model-facts.toml").read_text("utf-8"))


@cache
def _table() -> Mapping[str, ModelFacts]:
    return parse(_data())


def known_models() -> tuple[str, ...]:
    """Return the ids of all models in the table, snapshots apart."""
    return tuple(name for name, facts in _table().items() if name == facts.id)


def facts_of(model: str) -> ModelFacts | None:
    """Return what is known of a model, by its id or a snapshot of it; a vendor's prefix (`openai/`) is no part of it.

    None for a model that the table does not have: a reseller's own name, say, of which nothing may be assumed.
    """
    return _table().get(model.rpartition("/")[2])


def endings(today: date, *models: str) -> tuple[str, ...]:
    """Return a sentence for each model that is gone or about to go; others are left out."""
    known = [facts for model in models if (facts := facts_of(model)) is not None]
    return tuple(sentence for facts in known if (sentence := facts.ending(today)))


class Basis(StrEnum):
    """How well the tokens of a generation are known."""

    DOCUMENTED = "documented"
    FITTED = "fitted"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Generation:
    """What pictures of a generation cost: USD per million tokens, and what decides on the tokens, by quality.

    `factors` are the formula's patches along the long edge. `times` are the lowest and the highest multiple of the
    formula's tokens. `pictures` are USD of one 1024x1024 picture, where only prices are known.
    """

    id: str
    basis: Basis
    usd: Mapping[str, float]
    factors: Mapping[str, int]
    times: Mapping[str, tuple[float, float]]
    pictures: Mapping[str, float]
    sources: tuple[str, ...]


@cache
def generations() -> Mapping[str, Generation]:
    """Return what is known of each generation, by its id."""
    data = _data()
    return MappingProxyType(
        {
            row["id"]: Generation(
                id=row["id"],
                basis=Basis(row["basis"]),
                usd=MappingProxyType(row["usd"]),
                factors=MappingProxyType(row.get("factors", {})),
                times=MappingProxyType({quality: (low, high) for quality, (low, high) in row.get("times", {}).items()}),
                pictures=MappingProxyType(row.get("pictures", {})),
                sources=_sources(row["documents"], data["documents"]),
            )
            for row in data["generations"]
        }
    )


USUAL: Final = "2"
"""The generation that is assumed of a model that the table does not have."""


def generation_of(model: str) -> Generation:
    """Return the generation of a model; of one that the table does not have, that of gpt-image-2."""
    facts = facts_of(model)
    return generations()[facts.generation if facts is not None else USUAL]


@cache
def text_models() -> frozenset[str]:
    """Return the names of text models that OpenAI's newest client knows."""
    return frozenset(_data()["text_models"])
