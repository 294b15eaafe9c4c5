"""`gateprobe check`: what it reads, what it prints, how it exits."""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import example, given, settings
from hypothesis import strategies as st
from orjson import dumps, loads

from gateprobe.check.detection import FileFormat, format_of
from gateprobe.check.judging import Checking
from gateprobe.cli.commands.check import check
from gateprobe.errors import UsageError
from gateprobe.stream import AnswerKind
from tests.support.evidence.recordings import needed, streams
from tests.support.evidence.streams import body, image_stream, images_stream, response, text_stream
from tests.support.printing import is_safe

if TYPE_CHECKING:
    from pathlib import Path

TEXT = body(text_stream())
LINES = b"".join(dumps(event) + b"\n" for event in text_stream())
DONE = [event["item"] for event in text_stream() if event["type"] == "response.output_item.done"]
PICTURES = dumps({"created": 1, "data": [{"b64_json": "aGVsbG8="}]})
MODELS = dumps({"object": "list", "data": [{"id": "a", "object": "model", "created": 1, "owned_by": "x"}]})
ERROR = dumps({"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}})


def run(data: bytes, *options: str) -> Result:
    """Run the command on standard input."""
    return CliRunner().invoke(check, ["-", *options], input=data)


def judged(data: bytes, *options: str) -> dict[str, Any]:
    """Return the output of `--json`."""
    answer: dict[str, Any] = loads(run(data, "--json", *options).stdout)
    return answer


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (TEXT, "responses-stream"),
        (b"\xef\xbb\xbf" + TEXT, "responses-stream"),
        (LINES, "responses-stream"),
        (dumps(text_stream()), "responses-stream"),
        (body(image_stream()), "responses-stream"),
        (body(images_stream()), "images-stream"),
        (dumps(response("completed", DONE)), "response"),
        (PICTURES, "images"),
        (MODELS, "models"),
        (ERROR, "error"),
    ],
)
def test_the_kind_is_detected(data: bytes, kind: str) -> None:
    """Without `--kind` the kind is detected, and OpenAI's answers are valid."""
    shown = run(data)
    assert f": valid as {kind} (0 must" in shown.output
    assert shown.exit_code == 0


@pytest.mark.parametrize("data", [TEXT, LINES])
def test_json_is_one_object_and_nothing_else(data: bytes) -> None:
    """`--json` prints `valid` and `violations`."""
    assert judged(data) == {"valid": True, "violations": []}


def test_a_violation_names_rule_level_event_and_message() -> None:
    """A violation has four fields at least, and a broken must is exit 1."""
    cut = TEXT[: TEXT.index(b"event: response.completed")]
    shown = run(cut, "--json", "--kind", "responses-stream")
    assert shown.exit_code == 1
    (violation,) = loads(shown.stdout)["violations"]
    assert violation["rule"] == "stream.terminal.missing"
    assert violation["level"] == "must"
    assert violation["event"] is None
    assert violation["message"].startswith("the stream ended without a terminal event")
    assert loads(shown.stdout)["valid"] is False


def test_a_should_alone_is_valid() -> None:
    """Only a must makes the answer invalid."""
    without = TEXT.replace(b'"logprobs":[],"obf', b'"obf')
    answer = judged(without)
    assert answer["valid"] is True
    assert [v["rule"] for v in answer["violations"]] == ["stream.schema.expected"]


def test_compatible_strictness_omits_violations_that_break_no_client() -> None:
    """A violation of OpenAI's exact wire is reported at strict only."""
    unnamed = b"".join(b"data: " + dumps(event) + b"\n\n" for event in text_stream())
    assert [v["rule"] for v in judged(unnamed)["violations"]] == ["stream.event_names.missing"]
    assert judged(unnamed, "--strictness", "compatible")["violations"] == []


def test_events_without_frames_are_not_judged_for_framing() -> None:
    """JSON lines have no `event:` lines to miss."""
    assert judged(LINES, "--kind", "responses-stream") == {"valid": True, "violations": []}


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
        b"HTTP/2 200 \ncontent-type: text/event-stream\n\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_head_before_the_body_is_read_past(head: bytes) -> None:
    """The HTTP head that `curl -i` prints is not part of the answer."""
    assert judged(head + TEXT, "--kind", "responses-stream") == judged(TEXT, "--kind", "responses-stream")
    assert judged(head + TEXT)["valid"] is True


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "standard input is empty (did curl fail? use -sS --fail-with-body)"),
        (b"\n", "standard input is empty (did curl fail? use -sS --fail-with-body)"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "has an HTTP head without a body (HTTP/1.1 204 No Content)"),
        (b"HTTP/1.1 200 OK\r\nA: b", "begins with an HTTP head without a blank line at its end"),
    ],
)
@pytest.mark.parametrize("kind", [(), ("--kind", "responses-stream")])
def test_an_empty_input_is_a_usage_error(data: bytes, sentence: str, kind: tuple[str, ...]) -> None:
    """An input without an answer is refused with one sentence."""
    shown = run(data, *kind)
    assert isinstance(shown.exception, UsageError)
    assert str(shown.exception).endswith(sentence)


def test_an_error_instead_of_a_stream_is_quoted() -> None:
    """The violation quotes the error's code and message."""
    answer = judged(b'{"error":{"message":"No such key","code":"invalid_api_key"}}', "--kind", "responses-stream")
    assert [violation["message"] for violation in answer["violations"]] == [
        "an error came instead of a stream: invalid_api_key: No such key"
    ]


@pytest.mark.parametrize(
    ("data", "kind", "rule"),
    [
        (b'{"error":{"message":"no"}}', "responses-stream", "stream.framing.frames"),
        (b"<!doctype html><p>502", "images-stream", "stream.framing.frames"),
        (b"<html>", "response", "stream.body.json"),
        (TEXT, "response", "stream.body.json"),
        (MODELS, "images", "stream.body.schema"),
        (b"[1,2]", "responses-stream", "stream.framing.frames"),
    ],
)
def test_an_answer_of_another_kind_is_a_violation(data: bytes, kind: str, rule: str) -> None:
    """A JSON error instead of a stream, a page instead of JSON: named, never a traceback."""
    shown = run(data, "--json", "--kind", kind)
    assert rule in {violation["rule"] for violation in loads(shown.stdout)["violations"]}
    assert shown.exit_code == 1


@pytest.mark.parametrize("data", [b"", b"   \n", b"hello", b'{"a":1}', b"\x00\xff"])
def test_an_unknown_input_is_a_usage_error(data: bytes) -> None:
    """The sentence asks for `--kind`."""
    with pytest.raises(UsageError, match="--kind"):
        list(Checking("x", None).violations([data]))


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """The sentence names the file."""
    shown = CliRunner().invoke(check, [str(tmp_path / "none.sse")])
    assert isinstance(shown.exception, UsageError)
    assert "none.sse: No such file" in str(shown.exception)


def test_control_characters_do_not_reach_the_terminal() -> None:
    """An escape sequence in an event's type is spelled out."""
    alien = b'data: {"type":"\\u001b[2J\\u202ex","sequence_number":0}\n\n'
    shown = run(alien, "--kind", "responses-stream")
    assert "\x1b[2J" not in shown.output
    assert "\u202e" not in shown.output
    assert "\\x1b[2J\\u202ex" in shown.output


def test_the_timeline_shows_every_frame_with_its_violations() -> None:
    """Each frame is one line, runs of equal frames are folded, and a violation follows its frame."""
    foreign = TEXT.replace(b"event: response.completed", b"event: message")
    lines = run(foreign, "--timeline").output.splitlines()
    table = lines[lines.index(next(line for line in lines if line.lstrip().startswith("no "))) :]
    assert table[1].split()[0] == "0"
    assert "response.created" in table[1]
    assert any("4-7" in line and "4 of these" in line for line in table)
    assert "^ must  stream.event_names.mismatch" in table[-1]


def har(data: bytes, url: str, status: int = 200, *, packed: bool = False) -> dict[str, Any]:
    """Make one entry of a HAR file."""
    text = base64.b64encode(data).decode() if packed else data.decode()
    content = {"text": text, **({"encoding": "base64"} if packed else {})}
    return {"request": {"url": url}, "response": {"status": status, "content": content}}


URL = "https://api.openai.com/v1/"
ASKED = {"uri": URL + "responses"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_har_file_is_read(tmp_path: Path, *, packed: bool) -> None:
    """Every answer in it that is ours is judged, as a stream or as a body; the rest is passed over."""
    cut = TEXT[: TEXT.index(b"event: response.completed")]
    entries = [
        har(b"<html>", "https://example.org/"),
        har(MODELS, URL + "models", packed=packed),
        har(cut, URL + "responses", packed=packed),
        har(ERROR, URL + "images/generations", 400, packed=packed),
    ]
    path = tmp_path / "session.har"
    path.write_bytes(dumps({"log": {"entries": entries}}))
    shown = CliRunner().invoke(check, [str(path), "--json"])
    assert [v["rule"] for v in loads(shown.stdout)["violations"]] == ["stream.terminal.missing"]
    path.write_bytes(dumps(entries[2]))
    assert CliRunner().invoke(check, [str(path)]).exit_code == 1
    path.write_bytes(dumps({"log": {"entries": entries[:1]}}))
    assert isinstance(CliRunner().invoke(check, [str(path)]).exception, UsageError)


@pytest.mark.parametrize(
    "cassette",
    [
        {"interactions": [{"request": ASKED, "response": {"body": {"string": TEXT.decode()}}}]},
        {"interactions": [{"request": ASKED, "response": {"body": {"string": gzip.compress(TEXT)}}}]},
        {"http_interactions": [{"request": ASKED, "response": {"body": {"string": TEXT.decode()}}}]},
        {"when": {"path": "/v1/responses"}, "then": {"status": 200, "body": TEXT.decode()}},
        [{"request": {"url": URL + "responses"}, "response": {"status_code": 200, "content": TEXT}}],
    ],
)
def test_a_cassette_is_read(tmp_path: Path, cassette: object) -> None:
    """The forms of vcrpy, Ruby VCR and httpmock, packed or not."""
    path = tmp_path / "cassette.yaml"
    path.write_text(yaml.safe_dump(cassette), encoding="utf-8")
    shown = CliRunner().invoke(check, [str(path)])
    assert "valid as responses-stream" in shown.output
    assert f"{len(text_stream())} events" in shown.output


MASKED: list[dict[str, Any]] = [
    {"request": {"uri": "**REDACTED**", "method": "POST"}, "response": {"body": {"string": ERROR.decode()}}},
    {"request": {"uri": "https://REDACTED/"}, "response": {"body": {"string": ERROR.decode()}}},
    {"response": {"body": {"string": ERROR.decode()}}},
]


@pytest.mark.parametrize(
    "cassette",
    [*({"interactions": [entry]} for entry in MASKED), {"requests": [], "responses": [MASKED[0]["response"]]}],
)
def test_an_answer_without_an_address_is_of_the_kind_given(tmp_path: Path, cassette: object) -> None:
    """Where a recorder masked the addresses, `--kind` says what the answers should be."""
    path = tmp_path / "cassette.yaml"
    path.write_text(yaml.safe_dump(cassette), encoding="utf-8")
    shown = CliRunner().invoke(check, [str(path), "--kind", "images"])
    assert "the body is an error object ('no'), expected an Images answer" in shown.output


def test_the_kind_wins_over_the_name_of_a_file(tmp_path: Path) -> None:
    """A stream in a file that is named like a cassette is a stream where `--kind` says so."""
    path = tmp_path / "stream.yaml"
    path.write_bytes(TEXT)
    assert "valid as responses-stream" in CliRunner().invoke(check, [str(path), "--kind", "responses-stream"]).output


@pytest.mark.parametrize("line", [1, 3])
def test_a_broken_line_is_named_by_its_number(line: int) -> None:
    """Also the first one, and also where empty lines come before it."""
    lines = LINES.splitlines()
    lines[line - 1] = lines[line - 1][:-1]
    (broken,) = [
        v
        for v in judged(b"\n" + b"\n".join(lines), "--kind", "responses-stream")["violations"]
        if "JSON" in v["message"]
    ]
    assert broken["message"].startswith(f"line {line + 1}: the data is not JSON")


def test_the_messages_of_a_websocket_are_read_from_a_har_file(tmp_path: Path) -> None:
    """Those that were received, as Chrome exports them."""
    messages = [{"type": "receive", "data": dumps(event).decode()} for event in text_stream()]
    entry = {"request": {"url": "wss://x/v1/responses"}, "response": {}, "_webSocketMessages": messages}
    path = tmp_path / "session.har"
    path.write_bytes(dumps({"log": {"entries": [entry]}}))
    assert (
        f"valid as responses-stream (0 must, 0 should, 0 info; {len(messages)} events"
        in CliRunner().invoke(check, [str(path)]).output
    )


@pytest.mark.parametrize("text", ["a: [", "just words", "- 1\n- 2\n", "interactions: 7\n", "\x00"])
def test_a_broken_cassette_is_a_usage_error(tmp_path: Path, text: str) -> None:
    """One sentence, whatever is in the file."""
    path = tmp_path / "cassette.yaml"
    path.write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(check, [str(path)])
    assert isinstance(shown.exception, UsageError)


def test_a_cassette_without_pyyaml_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML is missing, one sentence has the command that installs it, and `--help` has it too."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "cassette.yaml"
    path.write_text("interactions: []\n", encoding="utf-8")
    shown = CliRunner().invoke(check, [str(path)])
    assert isinstance(shown.exception, UsageError)
    assert "pip install 'gateprobe[cassettes]'" in str(shown.exception)
    assert "pip install 'gateprobe[cassettes]'" in " ".join(CliRunner().invoke(check, ["--help"]).output.split())


def test_it_is_judged_while_it_arrives() -> None:
    """The first violation is printed when its frame is complete, while the stream still runs."""
    command = [sys.executable, "-c", "from gateprobe.cli.commands.check import check; check()", "-"]
    with subprocess.Popen(  # noqa: S603 - this interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "NO_COLOR": "1"}
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(TEXT[: TEXT.index(b"event: response.output_text")])
        process.stdin.write(b'event: ping\ndata: {"type":"ping","sequence_number":4}\n\n')
        process.stdin.flush()
        first = process.stdout.readline().decode()
        assert "stream.no_foreign_events.foreign" in first
        assert process.poll() is None
        process.stdin.close()
        assert process.wait() == 1


@given(st.lists(st.integers(1, 40), max_size=80))
def test_how_the_bytes_are_cut_changes_nothing(sizes: list[int]) -> None:
    """Whatever the pieces, the findings are the same."""
    data = TEXT.replace(b"event: response.output_item.done", b"event: message")
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    violations = list(Checking("x", None).violations([*pieces, data[at:]]))
    assert violations == list(Checking("x", None).violations([data]))


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([None, *AnswerKind]))
@example(b"HTTP/", AnswerKind.RESPONSES)
def test_any_bytes_give_findings_or_one_sentence(data: bytes, kind: AnswerKind | None) -> None:
    """Random bytes never raise anything else; with a kind given, only an HTTP head without an end is wrong use."""
    headed = data.startswith(b"HTTP/")
    with contextlib.suppress(UsageError) if kind is None or headed else contextlib.nullcontext():
        violations = list(Checking("x", kind).violations([data]))
        assert all(is_safe(str(violation.message)) for violation in violations)


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"data: x", "", FileFormat.SSE),
        (b": hello", "", FileFormat.SSE),
        (b"\n\nevent: x", "", FileFormat.SSE),
        (b'{"type":"response.created"}\n', "", FileFormat.LINES),
        (b'{"type":"response.created","response":{"id":"x', "", FileFormat.LINES),
        (b'{"type":"message"}\n', "", FileFormat.JSON),
        (b'{"log":{"entries":[]}}', "", FileFormat.HAR),
        (b"{}", "a.har", FileFormat.HAR),
        (b"interactions:\n- request:", "", FileFormat.CASSETTE),
        (b"anything", "a.yml", FileFormat.CASSETTE),
        (b"<html>", "", FileFormat.UNKNOWN),
    ],
)
def test_the_format_is_detected_from_the_first_bytes(head: bytes, name: str, form: FileFormat) -> None:
    """Frames, lines, JSON, HAR, cassettes: each by how it begins, or by the file's name."""
    assert format_of(head, name) is form


@needed
@pytest.mark.parametrize("recording", streams()[::9], ids=lambda recording: recording.id)
def test_recordings_are_valid_from_a_file_and_as_lines(recording: Any) -> None:
    """OpenAI's streams are valid as a file of frames, and as JSON lines of their events."""
    shown = CliRunner().invoke(check, [str(recording.path)])
    assert shown.exit_code == 0, shown.output
    lines = b"\n".join(line[6:] for line in recording.body.split(b"\n") if line.startswith(b"data: "))
    assert judged(lines)["valid"] is True
