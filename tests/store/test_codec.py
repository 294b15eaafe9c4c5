"""Requests and attempts survive the way to disk and back."""

from __future__ import annotations

import hashlib

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.codec import to_plain
from gateprobe.evidence import Arrival, Attempt, Defect, Failure
from gateprobe.message import Message
from gateprobe.model import Cause
from gateprobe.request import Auth, Buy, FormBody, JsonBody, Part, RawBody, Request, Transport
from gateprobe.store.codec import attempt_from_json, request_from_json, request_to_json


class Memory:
    """Bodies kept in memory, by hash."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep bytes."""
        name = hashlib.sha256(data).hexdigest()
        self.bodies[name] = data
        return name

    def read(self, sha256: str) -> bytes:
        """Return them back."""
        return self.bodies[sha256]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | st.just("long" * 2000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
BODIES = (
    st.none()
    | st.builds(JsonBody, JSON)
    | st.builds(RawBody, st.binary(max_size=40), TEXT)
    | st.builds(
        FormBody,
        st.lists(st.builds(Part, TEXT, st.binary(max_size=20), st.none() | TEXT, st.none() | TEXT), max_size=3).map(
            tuple
        ),
    )
)
REQUESTS = st.builds(
    Request,
    method=TEXT,
    path=TEXT,
    body=BODIES,
    auth=st.sampled_from(Auth),
    headers=PAIRS,
    query=PAIRS,
    buys=st.lists(st.builds(Buy, st.integers(0, 9), TEXT, TEXT), max_size=2).map(tuple),
    streams=st.booleans(),
    transport=st.sampled_from(Transport),
    note=TEXT,
)
TIMES = st.integers(0, 10**9).map(lambda number: number / 1000)
MESSAGES = st.builds(Message, st.just("broke: {reason}"), st.fixed_dictionaries({"reason": TEXT}))
ATTEMPTS = st.builds(
    Attempt,
    number=st.integers(0, 9),
    started_at=TEXT,
    elapsed_ms=TIMES,
    status=st.none() | st.integers(100, 999),
    http_version=TEXT,
    headers=PAIRS,
    head_ms=st.none() | TIMES,
    sha256=st.from_regex("[0-9a-f]{64}|", fullmatch=True),
    length=st.integers(0, 2**40),
    wire_length=st.integers(0, 2**40),
    arrivals=st.lists(st.builds(Arrival, st.integers(0, 2**40), TIMES), max_size=4).map(tuple),
    failure=st.none() | st.builds(Failure, st.sampled_from(Cause), MESSAGES, st.booleans(), st.booleans()),
    left=st.booleans(),
    defect=st.none() | st.builds(Defect, TEXT, MESSAGES),
)


@given(REQUESTS)
def test_every_request_survives(request: Request) -> None:
    """A request written as JSON and read back is the same, its files included."""
    memory = Memory()
    line = orjson.dumps(request_to_json(request, memory))
    assert request_from_json(orjson.loads(line), memory) == request
    assert len(line) < 40_000


@given(ATTEMPTS)
def test_every_attempt_survives(attempt: Attempt) -> None:
    """An attempt written as JSON and read back is the same."""
    assert attempt_from_json(orjson.loads(orjson.dumps(to_plain(attempt)))) == attempt


def test_every_field_is_written() -> None:
    """No field of a request is forgotten: each one stands in its JSON."""
    plain = request_to_json(Request("GET", "/"), Memory())
    assert set(plain) == set(Request.__dataclass_fields__)
    assert set(to_plain(Attempt(0, "", 0.0))) == set(Attempt.__dataclass_fields__)
