"""Manifests are read from pictures, verified offline, and damage is told from an unknown signer."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.image import open_picture
from gateprobe.provenance import Agent, NotInstalled, Provenance, Unreadable, read, reading
from gateprobe.reference.drawing import certificates
from gateprobe.reference.drawing.signing import Seal, Signer
from tests.support.evidence.signed_pictures import flipped, plain, signed


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_signed_picture_is_read_in_every_format(kind: str) -> None:
    """Signature and binding hold; the signer is named, and on no trust list."""
    provenance = read(signed(kind), kind)
    assert provenance is not None
    assert (provenance.valid, provenance.altered, provenance.expired, provenance.trusted) == (
        True,
        False,
        False,
        False,
    )
    assert provenance.generator == "OpenAI Media Service API"
    assert provenance.agents == (Agent("gpt-image", "2.0"),)
    assert provenance.signer == f"{certificates.ORGANISATION}, signer"
    assert open_picture(signed(kind)).size == "96x64"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_a_picture_without_a_manifest_has_none(kind: str) -> None:
    """Absence is no error."""
    assert read(plain(kind), kind) is None


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_changed_after_signing_is_not_bound(kind: str) -> None:
    """One byte more, and the content binding breaks, whatever the certificate."""
    provenance = read(signed(kind, seal=Seal(altered=True)), kind)
    assert provenance is not None
    assert (provenance.valid, provenance.bound, provenance.altered) == (False, False, True)
    assert provenance.broken == ("assertion.dataHash.mismatch",)
    assert provenance.doubts == ("signingCredential.untrusted",)


def test_a_changed_claim_is_not_signed() -> None:
    """What the manifest says cannot be changed without breaking it: the hash of the assertion, or the signature."""
    data = signed()
    provenance = read(flipped(data, data.index(b"2.0", data.index(b"gpt-image"))), "png")
    assert provenance is not None
    assert not provenance.valid
    assert not provenance.altered
    assert provenance.broken == ("assertion.hashedURI.mismatch",)


def read_or_refused(data: bytes, kind: str) -> Provenance | None:
    """Read; None too where the library refused with a sentence, which is the one exception that may come."""
    try:
        return read(data, kind)
    except Unreadable as error:
        return None if str(error) else Provenance("", "", "")


def _manifest_chunk(data: bytes) -> range:
    """Return where the manifest stands in a PNG: its length, name, content and sum."""
    at = data.index(b"caBX") - 4
    return range(at, at + 12 + int.from_bytes(data[at : at + 4]))


@settings(deadline=None)  # the first reading loads the library
@given(st.lists(st.tuples(st.integers(0, len(signed()) - 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_damaged_bytes_are_never_taken_for_whole(changes: list[tuple[int, int]]) -> None:
    """Damage outside the manifest breaks the binding; damage inside it cannot change what it says, and hold."""
    data = bytearray(signed())
    for at, change in changes:
        data[at] ^= change
    readings, whole = read_or_refused(bytes(data), "png"), read(signed(), "png")
    changed = {at for at, (old, new) in enumerate(zip(signed(), data, strict=True)) if old != new}
    if readings is not None and readings.valid:
        assert changed <= set(_manifest_chunk(signed()))
        assert whole is not None
        assert (readings.generator, readings.agents) == (whole.generator, whole.agents)


@settings(deadline=None)  # the same
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_surprise(data: bytes) -> None:
    """Bytes of a stranger behind a PNG's first chunk give no manifest or one clear refusal."""
    reading_or_refusal = read_or_refused(plain()[:33] + data, "png")
    assert reading_or_refusal is None or isinstance(reading_or_refusal, Provenance)


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make `import c2pa` fail as it does where the extra is not installed."""
    honest = builtins.__import__

    def refusing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "c2pa":
            raise ImportError("No module named 'c2pa'")
        return honest(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refusing)
    for cached in (reading.library, reading.offline):
        cached.cache_clear()
    yield
    for cached in (reading.library, reading.offline):
        cached.cache_clear()


@pytest.mark.usefixtures("without_the_extra")
def test_without_the_extra_its_name_is_told() -> None:
    """The base installation says what is missing."""
    with pytest.raises(NotInstalled, match="c2pa"):
        read(plain(), "png")


@pytest.mark.usefixtures("without_the_extra")
def test_without_the_extra_pictures_stay_unsigned() -> None:
    """A persona of the base installation draws as ever."""
    assert Signer(Seal()).sign(plain(), "png", "gpt-image-2") == plain()
