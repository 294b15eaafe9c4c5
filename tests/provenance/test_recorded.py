"""Whole signed pictures out of recorded traffic, of both eras of signing, are read right."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.image import Picture, open_picture
from gateprobe.provenance import Agent, Drawn, Generation, Provenance, drawn_by, read
from tests.support.evidence.signed_pictures import flipped

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not at hand")

OLD: Final = Agent("GPT-4o")
"""What created the pictures of 2025-10 to 2026-03, in the words of their manifests."""


def recorded(number: str) -> Picture:
    """Return the whole picture of a recording."""
    (path,) = RECORDINGS.glob(f"{number}-*/response.json")
    body: dict[str, Any] = json.loads(path.read_text("utf-8"))
    encoded = [item["result"] for item in body.get("output", ()) if item.get("type") == "image_generation_call"]
    encoded += [item["b64_json"] for item in body.get("data", ())]
    return open_picture(base64.b64decode(encoded[0]))


def provenance(picture: Picture) -> Provenance:
    """Return what is signed into a picture that has a manifest."""
    manifest = read(picture.data, picture.format)
    assert manifest is not None
    return manifest


@pytest.mark.parametrize(
    ("number", "kind", "generator", "signer", "agent", "expired"),
    [
        ("319", "png", "API", "OpenAI, Truepic Lens CLI in Sora", OLD, True),
        ("320", "jpeg", "API", "OpenAI, Truepic Lens CLI in DALL·E", OLD, True),
        ("327", "png", "API", "OpenAI, Truepic Lens CLI in DALL·E", OLD, True),
        (
            *("351", "png", "OpenAI Media Service API", "OpenAI OpCo, LLC, OpenAI Media Service"),
            *(Agent("gpt-image", "pre-2.0"), False),
        ),
    ],
)
def test_both_eras_hold(number: str, kind: str, generator: str, signer: str, agent: Agent, *, expired: bool) -> None:
    """Signature and binding hold, though the older certificates have expired and none is trusted here."""
    picture = recorded(number)
    manifest = provenance(picture)
    assert (picture.format, manifest.generator, manifest.signer) == (kind, generator, signer)
    assert (manifest.valid, manifest.altered, manifest.trusted) == (True, False, False)
    assert (manifest.agents, manifest.expired) == ((agent,), expired)
    assert bool(manifest.signed_at) is not expired


@pytest.mark.parametrize("number", ["319", "320", "327", "351"])
def test_one_changed_byte_of_the_pixels_breaks_the_binding(number: str) -> None:
    """A tampered picture is told from an expired or an unknown signer."""
    picture = recorded(number)
    whole = provenance(picture)
    manifest = read(flipped(picture.data, len(picture.data) * 3 // 4), picture.format)
    assert manifest is not None
    assert (manifest.valid, manifest.altered, manifest.broken) == (False, True, ("assertion.dataHash.mismatch",))
    assert manifest.doubts == whole.doubts


def test_the_signed_generation_is_held_against_the_model() -> None:
    """The picture of August 2026 was asked of gpt-image-1.5; gpt-image-2 did not draw it; older ones tell neither."""
    newer, older = provenance(recorded("351")), provenance(recorded("320"))
    assert drawn_by(newer, Generation(1, 5)) is Drawn.AS_ASKED
    assert drawn_by(newer, Generation(2)) is Drawn.OTHER
    assert drawn_by(older, Generation(2)) is Drawn.UNKNOWN


def test_recorded_pictures_have_detail_of_their_own_size() -> None:
    """No authentic picture looks enlarged."""
    pictures = [recorded(number).sharpness for number in ("319", "320", "327", "351")]
    assert min(pictures) > 0.5
