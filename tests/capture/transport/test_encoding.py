"""A Content-Encoding is undone piece by piece, whatever the header promised."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.build import models
from gateprobe.capture import AttemptLimits
from gateprobe.capture.transport.encoding import Unpacker
from gateprobe.gateway import Gateway
from gateprobe.scenario import Steps
from tests.support.loopback import capture_one, gateway_at, raw_server, reply


def raw_deflate(data: bytes) -> bytes:
    """Compress without zlib's header, as many servers do."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZIP ", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
    "none": ("", bytes),
}


def cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut bytes at places."""
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


def unpacked(encoding: str, pieces: Iterable[bytes]) -> tuple[bytes, str]:
    """Return what an unpacker makes of pieces, and its complaint."""
    unpacker = Unpacker(encoding)
    out = b"".join(piece for chunk in pieces for piece in unpacker.feed(chunk))
    unpacker.close()
    return out, str(unpacker.broken or "")


@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=2000), st.lists(st.integers(0, 5000), max_size=8))
def test_any_cut_gives_the_same(coding: str, data: bytes, cuts: list[int]) -> None:
    """However the bytes are cut on their way, the same body comes out, and nothing is broken."""
    encoding, pack = CODINGS[coding]
    assert unpacked(encoding, cut(pack(data), cuts)) == (data, "")


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.lists(st.integers(0, 5000), max_size=8))
def test_gzip_members_follow_each_other(members: list[bytes], cuts: list[int]) -> None:
    """A gzip body of several members is their concatenation (RFC 1952, 2.2)."""
    packed = b"".join(map(gzip.compress, members))
    assert unpacked("gzip", cut(packed, cuts)) == (b"".join(members), "")


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, gzip", "\x00"]), st.lists(st.binary(max_size=200)))
def test_no_bytes_crash(encoding: str, pieces: list[bytes]) -> None:
    """Whatever comes under whatever name, nothing is raised."""
    out, broken = unpacked(encoding, pieces)
    assert isinstance(out, bytes)
    assert isinstance(broken, str)


@given(st.sampled_from(["gzip", "deflate", "raw deflate"]), st.binary(min_size=1, max_size=500), st.data())
def test_a_cut_encoding_is_named(coding: str, data: bytes, draw: st.DataObject) -> None:
    """A body whose encoding stops before its end is broken; what had come is a beginning of the whole."""
    encoding, pack = CODINGS[coding]
    whole = pack(data)
    out, broken = unpacked(encoding, [whole[: draw.draw(st.integers(1, len(whole) - 1))]])
    assert data.startswith(out)
    assert "stops before its end" in broken


def test_what_is_not_compressed_is_passed_on() -> None:
    """A body that only claims to be gzip comes out as it travelled, with a complaint."""
    out, broken = unpacked("gzip", [b'{"a": 1}', b" and more"])
    assert out == b'{"a": 1} and more'
    assert "Content-Encoding gzip, but does not decompress" in broken


def test_what_was_not_offered_is_named() -> None:
    """An encoding that no request offered is passed on and named."""
    assert unpacked("br", [b"\x0b\x02\x80"]) == (
        b"\x0b\x02\x80",
        "the answer is encoded as 'br', which was not offered",
    )


def test_what_follows_the_end_is_named() -> None:
    """Bytes after a whole gzip body are not part of it, and are named."""
    out, broken = unpacked("gzip", [gzip.compress(b"a"), b"{}"])
    assert (out, broken) == (b"a", "bytes follow the end of the gzip body")


def test_an_empty_body_is_not_broken() -> None:
    """A 204 that still names an encoding is no broken body."""
    assert unpacked("gzip", []) == (b"", "")


def test_thousands_of_members_are_no_recursion() -> None:
    """A chunk of thousands of empty gzip members is walked through, not into."""
    assert unpacked("gzip", [gzip.compress(b"") * 5000]) == (b"", "")


def test_a_bomb_is_met_in_pieces() -> None:
    """A gigabyte in a small chunk comes out a mebibyte at a time, and only as far as somebody takes it."""
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    largest = max(len(piece) for piece in Unpacker("gzip").feed(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert largest <= 1 << 20
    assert peak < 8 << 20


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate"])
def test_a_bomb_is_cut_on_disk(tmp_path: Path, coding: str) -> None:
    """A bomb over the wire fills the bound and no more; the cut is named as the gateway's defect."""
    encoding, pack = CODINGS[coding]
    body = pack(bytes(20 << 20))

    def steps(gateway: Gateway) -> Steps:
        yield models(gateway)

    with raw_server(reply(body, f"Content-Encoding: {encoding}")) as server:
        limits = AttemptLimits(body=3 << 20, retries=0)
        attempt = capture_one(tmp_path, gateway_at(server.url), steps, limits=limits).last.last
    assert attempt.length == 3 << 20
    assert attempt.wire_length <= len(body)
    assert str(attempt.defect) == "the body passed 3,145,728 bytes and was cut there"
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 4 << 20


def test_a_broken_encoding_reaches_the_evidence(tmp_path: Path) -> None:
    """Over the wire too, a body that does not decompress is kept as it travelled, and its defect with it."""

    def steps(gateway: Gateway) -> Steps:
        yield models(gateway)

    with raw_server(reply(b'{"data": []}', "Content-Encoding: gzip")) as server:
        last = capture_one(tmp_path, gateway_at(server.url), steps).last
    assert last.body == b'{"data": []}'
    assert "does not decompress" in str(last.last.defect)
