"""The capability catalogue: complete, in order, and well-formed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateprobe.gateway.catalogue import catalogue, parse
from gateprobe.model import Level, Tier
from gateprobe.resources import SCHEMAS

SHARED = Path(__file__).resolve().parents[3] / "shared"
NAMED = re.compile(
    r"`((?:models|auth|responses|images|stream|errors|transport|usage|provenance|clients)\.[a-z0-9_.]+)`"
)


def test_an_entry_holds_what_the_file_says() -> None:
    """A capability is read with its surface, level, tier, form of values and reason to be unobservable."""
    text = """
        [[surfaces]]
        id = "images.generate"
        title = "Images: generate"
        [[surfaces.capabilities]]
        id = "images.generate.failure_not_billed"
        statement = "A failed generation costs nothing."
        level = "info"
        tier = "deep"
        values = "counts"
        unobservable = "only the balance shows it"
    """
    (surface,) = parse(text).surfaces
    (capability,) = surface.capabilities
    assert (surface.id, surface.title) == ("images.generate", "Images: generate")
    assert capability.surface == "images.generate"
    assert (capability.level, capability.tier) == (Level.INFO, Tier.DEEP)
    assert (capability.form, capability.unobservable) == ("counts", "only the balance shows it")


def test_every_capability_stands_once_and_under_its_surface() -> None:
    """Ids are unique, and each begins with the id of the surface it stands under."""
    listed = [capability for surface in catalogue().surfaces for capability in surface.capabilities]
    assert len({capability.id for capability in listed}) == len(listed) == len(catalogue().ids)
    assert [
        capability.id for capability in listed if not f"{capability.id}.".startswith(f"{capability.surface}.")
    ] == []


def test_every_statement_is_one_sentence() -> None:
    """A statement starts with a capital letter, ends with a full stop and says something of its own."""
    statements = [catalogue()[name].statement for name in catalogue().ids]
    assert [statement for statement in statements if not re.fullmatch(r"[A-Z][^\n]*\.", statement)] == []


def test_every_form_of_values_is_in_the_schema() -> None:
    """The forms that the catalogue names are the forms that the gateway schema defines, all of them."""
    schema = json.loads((SCHEMAS / "gateway.schema.json").read_text("utf-8"))
    assert {catalogue()[name].form for name in catalogue().ids} == set(schema["$defs"]["forms"])


def test_order_is_the_files() -> None:
    """Positions follow the file, and what is not in the catalogue comes last."""
    places = [catalogue().position(name) for name in (*catalogue().ids, "images.nowhere")]
    assert places == sorted(places)


def test_a_misspelt_id_finds_its_neighbours() -> None:
    """A near miss is answered with the ids that resemble it, a far one with where they are listed."""
    near = catalogue().did_you_mean("images.generate.partial_image")
    assert near.startswith("did you mean images.generate.partial_images")
    assert catalogue().did_you_mean("zzz") == "`gateprobe probes` lists them"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the catalogue's source is not at hand")
def test_the_catalogue_has_every_capability_that_its_source_names() -> None:
    """Every id in the source of the catalogue is in the catalogue."""
    text = (SHARED / "capabilities.md").read_text("utf-8")
    named = {name.removesuffix(".") for name in NAMED.findall(text)} - {"images.edit.n`, `.size"}
    assert sorted(name for name in named if name not in catalogue()) == []
