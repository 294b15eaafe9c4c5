"""What depends on the image model's generation, and when models end: read from `probes/model-facts.toml`.

A probe asks this table instead of assuming gpt-image-2; an audit asks it whether a gateway file names a model that is
gone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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


def parse(text: str) -> Mapping[str, ModelFacts]:
    """Read the table from TOML text: facts by model id and by snapshot; the file is ours, so faults are plain."""
    data = tomllib.loads(text)
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
        sources=tuple(f"{documents[key]['title']}, {documents[key]['date']}" for key in row["documents"]),
        snapshots=tuple(row.get("snapshots", ())),
        shutdown=row.get("shutdown"),
        successor=row.get("successor"),
    )


@cache
def _table() -> Mapping[str, ModelFacts]:
    return parse((PROBES / "model-facts.toml").read_text("utf-8"))


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


@cache
def text_models() -> frozenset[str]:
    """Return the names of text models that OpenAI's newest client knows."""
    return frozenset(tomllib.loads((PROBES / "model-facts.toml").read_text("utf-8")).get("text_models", ()))
