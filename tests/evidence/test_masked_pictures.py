"""A picture in which a secret was hidden is no picture to judge."""

from __future__ import annotations

import base64
import time

import pytest

from gateprobe.evidence import Attempt, Exchange
from gateprobe.redact import Redactor
from gateprobe.request import Request

KEY = "sk-0123456789abcdef"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(1, 250))


def exchange(body: bytes, secret: str = KEY) -> Exchange:
    """Return an exchange whose answer has a body, as it is stored."""
    stored = Redactor([secret]).body(body)
    attempt = Attempt(
        number=0,
        started_at="2026-11-30T00:00:00.000+00:00",
        elapsed_ms=1.0,
        status=200,
        sha256="0" * 64,
        masked=stored != body,
    )
    return Exchange(0, Request("POST", "/images/generations"), (attempt,), lambda _: stored, "x")


@pytest.mark.parametrize("place", [0, 100, len(PICTURE)])
@pytest.mark.parametrize("form", ["base64", "binary"])
def test_a_secret_in_a_picture_hides_it(place: int, form: str) -> None:
    """Wherever a gateway writes the key into a picture, the mask is ours, and no fault of the picture."""
    start = 8 if form == "binary" else 0
    picture = PICTURE[: max(place, start)] + KEY.encode() + PICTURE[max(place, start) :]
    body = b'{"b64_json": "%s"}' % base64.b64encode(picture) if form == "base64" else picture
    assert exchange(body).hides_picture
    assert not exchange(body, "sk-another-secret").hides_picture


def test_a_secret_beside_a_picture_hides_nothing() -> None:
    """The key in a text beside the picture leaves the picture as it is."""
    body = b'{"note": "%s", "b64_json": "%s"}' % (KEY.encode(), base64.b64encode(PICTURE))
    assert not exchange(body).hides_picture


def test_long_masks_take_linear_time() -> None:
    """The search for masks beside base64 takes linear time, even if a gateway echoes a key many times."""
    body = b'{"a": "' + KEY.encode() * 40_000 + b'"}'
    began = time.process_time()
    assert not exchange(body).hides_picture
    assert time.process_time() - began < 2
