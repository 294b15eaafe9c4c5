"""The decoder against the WHATWG rules, against itself chunked anywhere, and against httpx-sse."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import TYPE_CHECKING

import httpx_sse._decoders as reference
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateprobe.wire.frame_builder import NOTES_LIMIT
from gateprobe.wire.sse import LINE_LIMIT, Comment, Decoder, Flaw, Frame, Tail, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

ALPHABET = [
    b"\n", b"\r", b"\r\n", b":", b" ", b"data", b"event", b"id", b"retry", b"data:", b"data: ", b"event: ",
    b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xff", b"\x00", b"x", b"12", b"{}", b"other", "é".encode(),
]  # fmt: skip
STREAMS = st.lists(st.sampled_from(ALPHABET), max_size=40).map(b"".join) | st.binary(max_size=60)


def chunked(body: bytes, cuts: Iterable[int]) -> tuple[list[Frame], Tail]:
    """Decode the body fed in the pieces that the cuts make."""
    decoder = Decoder()
    places = sorted({0, len(body), *(c % (len(body) + 1) for c in cuts)})
    frames = [f for a, b in itertools.pairwise(places) for f in decoder.feed(body[a:b])]
    return frames, decoder.close()


def by_the_book(body: bytes) -> list[tuple[str | None, bytes]]:
    """Decode a whole body slowly, by the text of the standard: event and data of each dispatched frame."""
    lines = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    events: list[tuple[str | None, bytes]] = []
    event: str | None = None
    data: list[bytes] = []
    for line in lines[:-1]:
        if not line:
            if data:
                events.append((event, b"\n".join(data)))
            event, data = None, []
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            event = value.decode("utf-8", "replace")
        elif name == b"data":
            data.append(value)
    return events


@given(STREAMS, st.lists(st.integers(0, 200), max_size=12))
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", [8, 10])
@example(b"\xef\xbb\xbfdata: a\n\n", [1, 2])
@example(b"data: \xe2\x80\xa8\n\n", [7, 8])
def test_any_chunking_gives_the_same_frames(body: bytes, cuts: list[int]) -> None:
    """Where the bytes are cut changes neither a frame, nor a place, nor the tail."""
    whole = decode(body)
    assert chunked(body, cuts) == (list(whole.frames), whole.tail)


@given(STREAMS)
def test_a_byte_at_a_time_gives_the_same_frames(body: bytes) -> None:
    """The finest cut of all gives the same frames too."""
    whole = decode(body)
    assert chunked(body, range(len(body))) == (list(whole.frames), whole.tail)


@given(STREAMS)
def test_dispatched_frames_follow_the_standard(body: bytes) -> None:
    """Event and data of every dispatched frame agree with a plain reading of the standard."""
    assert [(f.event, f.data) for f in decode(body).frames if f.dispatched] == by_the_book(body)


@given(STREAMS)
def test_places_cover_the_stream_in_order(body: bytes) -> None:
    """Frames and comments lie inside the stream, one after another, and the tail follows them."""
    whole = decode(body)
    at = 0
    for frame in whole.frames:
        assert at <= frame.start < frame.end <= len(body)
        at = frame.end
    assert at <= whole.tail.start <= whole.tail.end == len(body)
    places = [(c.start, c.end) for c in whole.comments]
    assert places == sorted(places)


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8),
            st.binary(max_size=30).map(lambda b: b.replace(b"\r", b"")),
        ),
        max_size=6,
    ),
    st.sampled_from([b"\n", b"\r", b"\r\n"]),
)
def test_decoding_reverses_encoding(frames: list[tuple[str | None, bytes]], eol: bytes) -> None:
    """Whatever event and data are written (in LF, CR or CRLF) is read again, with nothing left over."""
    body = b"".join(encode(data, event, eol=eol) for event, data in frames)
    whole = decode(body)
    assert [(f.event, f.data) for f in whole.frames] == frames
    assert whole.tail.frame is None


def with_httpx_sse(body: bytes) -> list[tuple[str, bytes]]:
    """Decode with the independent decoder: event (`message` where there is none) and data."""
    lines, events = reference.SSELineDecoder(), reference.SSEDecoder()
    text = body.decode()
    decoded = [events.decode(line) for line in ([*lines.decode(text), *lines.flush()] if text else [])]
    return [(sse.event, sse.data.encode()) for sse in decoded if sse is not None]


@given(st.lists(st.sampled_from([b for b in ALPHABET if b not in {b"\xff", b"\xef\xbb\xbf"}]), max_size=40))
def test_httpx_sse_agrees_wherever_it_is_right(pieces: list[bytes]) -> None:
    r"""An independent decoder finds the same frames, but for four places where it leaves the standard.

    1. It hands over frames without data (an `event`, `id` or `retry` alone), which are not to be dispatched.
    2. After any `id` it hands over every later blank line, because it never forgets the last id.
    3. It does not strip the byte order mark, and cannot take invalid UTF-8 (both left out of the alphabet here).
    4. It does not tell `event:` with an empty value from no `event` at all (neither do clients).
    """
    body = b"".join(pieces)
    frames = decode(body).frames
    ours = [(f.event or "message", f.data) for f in frames if f.dispatched]
    httpx_sse = with_httpx_sse(body)
    if b"\nid" in b"\n" + body.replace(b"\r", b"\n"):
        assert [f for f in httpx_sse if f[1]] == [f for f in ours if f[1]]
    else:
        without = [f for f in frames if not f.dispatched]
        dataless = [(f.event or "message", b"") for f in without if f.event or f.retry]
        assert sorted(httpx_sse, key=repr) == sorted(ours + dataless, key=repr)


@pytest.mark.parametrize(
    ("body", "event", "data"),
    [
        (b"data: a\n\n", None, b"a"),
        (b"data:a\n\n", None, b"a"),
        (b"data:  a\n\n", None, b" a"),
        (b"data: a\ndata: b\n\n", None, b"a\nb"),
        (b"data\n\n", None, b""),
        (b"data\ndata\n\n", None, b"\n"),
        (b"event: x\ndata: a\n\n", "x", b"a"),
        (b"event: x\nevent: y\ndata: a\n\n", "y", b"a"),
        (b"event\ndata: a\n\n", "", b"a"),
        (b"data: a\r\n\r\n", None, b"a"),
        (b"data: a\r\r", None, b"a"),
        (b"data: a\r\n\r", None, b"a"),
        (b"data: a\n\r\n", None, b"a"),
        (b"\xef\xbb\xbfdata: a\n\n", None, b"a"),
        (b"data: \xe2\x80\xa8b\n\n", None, b"\xe2\x80\xa8b"),
        (b"data: \xc2\x85\x0b\x0c\x1c\n\n", None, b"\xc2\x85\x0b\x0c\x1c"),
        (b": hello\ndata: a\n\n", None, b"a"),
        (b"data: a\nsomething: else\n\n", None, b"a"),
        (b"data: a\xff\n\n", None, b"a\xff"),
    ],
)
def test_one_frame(body: bytes, event: str | None, data: bytes) -> None:
    """Each form of a frame is read as the standard requires."""
    whole = decode(body)
    assert [(f.event, f.data) for f in whole.frames] == [(event, data)]
    assert whole.tail.frame is None


def test_a_second_byte_order_mark_is_a_field_name() -> None:
    """Only the first byte order mark is skipped; another one makes an unknown field."""
    frames = decode(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n").frames
    assert [(f.dispatched, f.flaws, f.unknown) for f in frames] == [(False, (Flaw.UNKNOWN_FIELD,), b"\xef\xbb\xbfdata")]


def test_a_frame_without_data_is_returned_and_not_dispatched() -> None:
    """`event: ping` alone is no event to a browser and an error to the SDKs: it stays visible."""
    frames = decode(b"event: ping\n\ndata: a\n\n").frames
    assert [(f.number, f.event, f.dispatched) for f in frames] == [(0, "ping", False), (1, None, True)]


def test_comments_keep_their_places() -> None:
    """Heartbeats travel with the next frame, each with the offsets that give its time."""
    body = b": one\n\n: two\ndata: a\n: three\n\n: four\n"
    whole = decode(body)
    assert whole.frames[0].comments == (
        Comment(b" one", 0, 6),
        Comment(b" two", 7, 13),
        Comment(b" three", 21, 29),
    )
    assert whole.frames[0].start == 13
    assert whole.tail.comments == (Comment(b" four", 30, 37),)
    assert [c.text for c in whole.comments] == [b" one", b" two", b" three", b" four"]


def test_waiting_comments_can_be_seen_before_the_next_frame() -> None:
    """A long silence with heartbeats can be watched while it lasts."""
    decoder = Decoder()
    assert decoder.feed(b": still here\n\n") == []
    assert decoder.comments == (Comment(b" still here", 0, 13),)


def test_id_and_retry_are_reported_with_their_flaws() -> None:
    """`id` with a NUL and `retry` that is no number are ignored and reported."""
    frames = decode(b"id: 7\nretry: 10\ndata: a\n\nid: a\0b\nretry: soon\ndata: b\n\n").frames
    assert [(f.id, f.retry, f.flaws) for f in frames] == [
        ("7", "10", ()),
        (None, None, (Flaw.NUL_ID, Flaw.BAD_RETRY)),
    ]


@pytest.mark.parametrize(
    ("body", "data", "cut_line"),
    [
        (b"data: a\n\ndata: b\n", b"b", False),
        (b"data: a\n\ndata: b", b"b", True),
        (b"data: a\n\nevent: x\ndata: b\n", b"b", False),
        (b"data: a\n\ndat", b"", True),
    ],
)
def test_the_tail_has_the_bytes_that_no_blank_line_completed(body: bytes, data: bytes, *, cut_line: bool) -> None:
    """Truncation is seen: the bytes left over are there, with the frame that they would have been."""
    tail = decode(body).tail
    assert tail.frame is not None
    assert (tail.start, tail.end, tail.frame.data, tail.cut_line) == (9, len(body), data, cut_line)


def test_a_whole_stream_leaves_an_empty_tail() -> None:
    """A stream that ends with its blank line leaves nothing."""
    assert decode(b"data: a\n\n").tail == Tail(9, 9)


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
def test_a_line_past_the_limit_is_a_flaw_and_the_next_frame_is_read(eol: bytes) -> None:
    """An overlong line costs its own frame only."""
    body = b"data: " + b"x" * 100 + eol + eol + b"data: ok" + eol + eol
    decoder = Decoder(line_limit=50)
    frames = [f for i in range(0, len(body), 7) for f in decoder.feed(body[i : i + 7])]
    at_once = Decoder(line_limit=50).feed(body)
    for long, other in (frames, at_once):
        assert Flaw.OVERLONG in long.flaws
        assert (long.data, other.data) == (b"", b"ok")
        assert Flaw.OVERLONG not in other.flaws


def test_lines_that_end_with_cr_are_noticed() -> None:
    """CRLF and CR are legal and unusual: the frame reports them, wherever the chunks are cut."""
    assert [f.flaws for f in decode(b"data: a\r\n\r\ndata: b\n\ndata: c\r\r").frames] == [
        (Flaw.CARRIAGE_RETURN,),
        (),
        (Flaw.CARRIAGE_RETURN,),
    ]


def test_many_data_lines_are_bounded_like_one() -> None:
    """The limit is on the frame: short lines without end pass it as well."""
    decoder = Decoder(line_limit=5000)
    decoder.feed(b"data:\n" * 10_000)
    assert len(decoder._builder._data) == 1
    assert decoder.feed(b"\n")[0].flaws == (Flaw.OVERLONG,)


def test_endless_comments_are_counted_and_not_stored() -> None:
    """Between two frames only the first comments are stored; the others are counted."""
    frame = decode(b": beat\n" * 1000 + b"data: a\n\n").frames[0]
    assert (len(frame.comments), frame.more_comments) == (NOTES_LIMIT, 1000 - NOTES_LIMIT)


def test_memory_stays_bounded_on_a_line_without_end() -> None:
    """A line of three times the limit never takes more than about the limit."""
    limit, piece = 1_000_000, b"x" * 65_536
    decoder = Decoder(line_limit=limit)
    tracemalloc.start()
    try:
        decoder.feed(b"data: ")
        for _ in range(3 * limit // len(piece)):
            decoder.feed(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * limit
    assert decoder.feed(b"\n\n")[0].flaws == (Flaw.OVERLONG,)


def test_the_default_limit_takes_a_picture_of_any_size_in_use() -> None:
    """64 MiB: no image frame of a real gateway comes near it."""
    assert LINE_LIMIT == 64 * 1024 * 1024
