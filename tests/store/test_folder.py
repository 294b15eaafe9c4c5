"""Evidence on disk: readable at any moment, also after a crash; bodies once; no secret."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Arrival, Attempt, Defect, failure
from gateprobe.message import message
from gateprobe.model import Cause, Tier
from gateprobe.redact import Redactor
from gateprobe.request import Body, Buy, FormBody, JsonBody, Part, RawBody, Request
from gateprobe.scenario import Scenario, ScenarioRun
from gateprobe.store.bodies import Bodies
from gateprobe.store.folder import bodies_of, path_of, read, read_scenario
from gateprobe.store.journal import ScenarioLog

SECRET = "sk-very-secret-0123456789"  # noqa: S105 - made up
FAILED = failure(Cause.NETWORK, "the connection broke")


def scenario_run(name: str = "s", value: Any = None) -> ScenarioRun:
    """Return a scenario for the log's first line."""
    return ScenarioRun(Scenario(name, "Says.", lambda *_: (), Tier.SMOKE, 1, 0, takes_value=value is not None), value)  # type: ignore[arg-type]  # never started


def written(folder: Path, redactor: Redactor | None = None) -> tuple[Path, Bodies]:
    """Write a scenario of three exchanges: one with a body, one that failed and was sent again, one unanswered."""
    bodies, hide = bodies_of(folder), redactor or Redactor([])
    bodies.folder.mkdir(parents=True, exist_ok=True)
    path = path_of(folder, "acme", "s")
    with ScenarioLog(path, bodies, hide) as log:
        log.begin("acme", scenario_run())
        log.sent(0, 0, Request("GET", "/models"))
        log.received(0, Attempt(0, "now", 1.5, 200, sha256=bodies.put(b'{"data": []}'), length=12))
        log.sent(1, 0, Request("POST", "/x", JsonBody({"a": 1}), buys=(Buy(),)))
        log.received(1, Attempt(0, "now", 2.0, 429))
        log.sent(1, 1, Request("POST", "/x", JsonBody({"a": 1}), buys=(Buy(),)))
        log.received(1, Attempt(1, "now", 3.0, failure=FAILED))
        log.sent(2, 0, Request("POST", "/y", buys=(Buy(),)))
        log.end(FAILED)
    return path, bodies


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Steps, attempts, bodies, what has no answer, how often each left, and what stopped it all come back."""
    path, bodies = written(tmp_path)
    stored = read_scenario(path, bodies)
    assert stored is not None
    assert [(x.step, len(x.attempts)) for x in stored.evidence.exchanges] == [(0, 1), (1, 2)]
    assert stored.evidence[0].body == b'{"data": []}'
    assert stored.evidence.blocked == FAILED
    assert list(stored.unanswered) == [2]
    assert dict(stored.sends) == {0: 1, 1: 2, 2: 1}
    assert stored.ended


@pytest.mark.slow
def test_a_file_cut_at_any_byte_is_readable(tmp_path: Path) -> None:
    """Cut anywhere, the file reads; every exchange whose line is whole is there; a new session can write on."""
    path, bodies = written(tmp_path)
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        stored = read_scenario(path, bodies)
        lines = whole[:cut].count(b"\n")
        assert (stored is None) == (lines == 0)
        if stored is not None:
            received = whole[:cut].rpartition(b"\n")[0].count(b'"kind":"received"')
            assert sum(len(x.attempts) for x in stored.evidence.exchanges) == received
        with ScenarioLog(path, bodies, Redactor([])) as log:
            if stored is None:
                log.begin("acme", scenario_run())
            log.resumed()
            log.sent(3, 0, Request("GET", "/z"))
            log.received(3, Attempt(0, "now", 1.0, 200))
            log.end(None)
        again = read_scenario(path, bodies)
        assert again is not None
        assert again.evidence.exchanges[-1].step == 3
        assert again.evidence.blocked is None


def test_a_scenario_that_never_ended_says_so(tmp_path: Path) -> None:
    """Read as evidence, what was interrupted is blocked, with the way to go on."""
    path, _ = written(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    blocked = read(tmp_path, "acme")["s"].blocked
    assert blocked is not None
    assert blocked.cause is Cause.BUDGET
    assert "--resume" in blocked.reason


@pytest.mark.parametrize(
    "line",
    [b"not json", b"[]", b"{}", b'{"kind": "sent"}', b'{"kind": "received", "step": 0, "attempt": {}}', b"7", b"null"],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes) -> None:
    """A whole line that is no evidence is refused with file and line."""
    path, bodies = written(tmp_path)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(BrokenRunError, match=r"s\.jsonl, line 10: not a line of evidence"):
        read_scenario(path, bodies)


@pytest.mark.parametrize(
    "changes",
    [{"elapsed_ms": "x"}, {"status": "200"}, {"sha256": "../../../etc/passwd"}, {"arrivals": [["a", 1]]}, {"left": 1}],
)
def test_an_attempt_of_the_wrong_form_is_named(tmp_path: Path, changes: dict[str, object]) -> None:
    """Whoever made a run folder, a number is a number and a body is named by its hash, or the line is refused."""
    path, bodies = written(tmp_path)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    next(line for line in lines if line["kind"] == "received")["attempt"] |= changes
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    with pytest.raises(BrokenRunError, match=r"s\.jsonl, line \d+: not a line of evidence"):
        read_scenario(path, bodies)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "", "A" * 64, "0" * 63])
def test_no_body_is_called_anything_but_its_hash(tmp_path: Path, name: str) -> None:
    """A path is never made of what no hash can be."""
    with pytest.raises(BrokenRunError, match="is no name of a body"):
        Bodies(tmp_path).read(name)


def test_a_received_line_without_its_sent_is_named(tmp_path: Path) -> None:
    """An answer to nothing is a broken run, not a crash."""
    path, bodies = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(BrokenRunError):
        read_scenario(path, bodies)


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_bodies_are_stored_once(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> None:
    """Identical bodies are one file under their hash, and no part of a file is left behind."""
    folder = Bodies(tmp_path_factory.mktemp("bodies"))
    names = [folder.put(body) for body in bodies]
    assert [folder.read(name) for name in names] == bodies
    assert {path.name for path in folder.folder.iterdir()} == set(names)
    assert len(set(names)) == len(set(bodies))


def test_a_body_that_is_gone_is_named(tmp_path: Path) -> None:
    """A body that somebody deleted is a broken run with its path."""
    with pytest.raises(BrokenRunError, match="cannot be read"):
        Bodies(tmp_path).read("0" * 64)


@given(
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_a_sink_redacts_across_cuts(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes, cuts: list[int]
) -> None:
    """However a body is cut on its way, no file holds the secret, and its length stays."""
    whole, hidden = before + SECRET.encode() + after, before + b"*" * len(SECRET) + after
    assume(Redactor([SECRET]).body(hidden) == hidden)  # what looks like an archive is masked beyond the secret
    folder = Bodies(tmp_path_factory.mktemp("bodies"))
    sink = folder.sink(Redactor([SECRET]))
    places = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})
    for start, end in pairwise(places):
        sink.write(whole[start:end])
        assert all(SECRET.encode() not in path.read_bytes() for path in folder.folder.iterdir())
    name = sink.close()
    assert folder.read(name) == hidden
    assert sink.length == len(whole)


def test_no_line_holds_a_secret(tmp_path: Path) -> None:
    """Wherever a secret turns up in a request or an attempt, neither the log nor a stored file holds it."""
    redactor = Redactor([SECRET])
    bodies = bodies_of(tmp_path)
    path = path_of(tmp_path, "acme", "s")
    with ScenarioLog(path, bodies, redactor) as log:
        log.begin("acme", scenario_run())
        pairs = (("x-" + SECRET, SECRET),)
        asked: list[Body] = [
            JsonBody({SECRET: [SECRET]}),
            JsonBody({"long": SECRET + "x" * 5000}),
            RawBody(SECRET.encode(), "text/plain"),
            FormBody((Part("a", SECRET.encode()),)),
        ]
        for number, body in enumerate(asked):
            log.sent(number, 0, Request("POST", "/" + SECRET, body, headers=pairs, query=pairs, note=SECRET))
        lost = failure(Cause.NETWORK, "broke: {secret}", secret=SECRET)
        log.received(
            0,
            Attempt(
                0,
                "now",
                1.0,
                200,
                headers=pairs,
                failure=lost,
                defect=Defect("transport.encoding", message("{secret}", secret=SECRET)),
            ),
        )
        log.end(lost)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 3
    for file in files:
        assert SECRET.encode() not in file.read_bytes()


@given(st.sampled_from(["key", "received", "sent", "harness", "0", "a", "null", "http", "kind", "network"]))
def test_a_short_secret_breaks_no_line(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    """A secret that is one of our own words hides what servers say, and never what we do."""
    folder = tmp_path_factory.mktemp("run")
    path, bodies = written(folder, Redactor([secret]))
    stored = read_scenario(path, bodies)
    assert stored is not None
    assert stored.evidence[0].body == b'{"data": []}'
    assert stored.evidence.blocked is not None
    assert stored.evidence.blocked.cause is Cause.NETWORK


def test_arrivals_come_back(tmp_path: Path) -> None:
    """Offsets and times of arrival survive the disk."""
    bodies, path = bodies_of(tmp_path), path_of(tmp_path, "acme", "s")
    attempt = Attempt(0, "now", 3.0, 200, arrivals=(Arrival(3, 0.5), Arrival(9, 2.25)))
    with ScenarioLog(path, bodies, Redactor([])) as log:
        log.begin("acme", scenario_run())
        log.sent(0, 0, Request("GET", "/"))
        log.received(0, attempt)
    stored = read_scenario(path, bodies)
    assert stored is not None
    assert stored.evidence[0].last == attempt
    assert not stored.ended
