"""A stream as a table, one row per frame, for a person who debugs a gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateprobe.message import quoted
from gateprobe.stream.timing import Arrivals, arrival_time, type_of
from gateprobe.text import printable

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.judged import JudgedStream
    from gateprobe.stream.model import Violation
    from gateprobe.wire.sse import Frame

_TYPE: Final = 48
_NOTE: Final = 44
_SHOWN: Final = 40
_RUN: Final = 3  # this many events of one type in a row are folded into one line of text


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One frame: its number, arrival time (ms), type, item, size in bytes, a note, and its violations.

    All its texts are printable.
    """

    number: int
    ms: float | None
    type: str
    item: str
    bytes: int
    note: str
    violations: tuple[Violation, ...] = ()


def row(
    frame: Frame, event: Mapping[str, Json] | None, violations: Iterable[Violation], ms: float | None = None
) -> TimelineRow:
    """Return the row of one frame; `event` is its value, where it is an event."""
    event_type = str(event.get("type")) if event is not None else (type_of(frame) or _placeholder(frame))
    note = _note(event) if event is not None else printable(frame.data[:200].decode("utf-8", "replace"), _SHOWN)
    size = frame.end - frame.start
    return TimelineRow(frame.number, ms, printable(event_type, _TYPE), _item(event), size, note, tuple(violations))


def rows(judged: JudgedStream, arrivals: Arrivals = ()) -> tuple[TimelineRow, ...]:
    """Return the rows of a whole stream; without arrivals the times are None."""
    values = {event.number: event.value for event in judged.events}
    violations: dict[int | None, list[Violation]] = {}
    for violation in judged.violations:
        violations.setdefault(violation.event, []).append(violation)
    frames = list(judged.decoded.frames)
    if judged.decoded.tail.frame is not None:
        frames.append(judged.decoded.tail.frame)
    return tuple(
        row(frame, values.get(frame.number), violations.get(frame.number, ()), arrival_time(arrivals, frame.end))
        for frame in frames
    )


def _placeholder(frame: Frame) -> str:
    if not frame.dispatched:
        return "(no data)"
    return "[DONE]" if frame.data == b"[DONE]" else "(no event)"


def _item(event: Mapping[str, Json] | None) -> str:
    """Return the item that an event belongs to: its index, and its id's last characters."""
    if event is None:
        return ""
    at, item_id = event.get("output_index"), event.get("item_id")
    item = event.get("item")
    if item_id is None and isinstance(item, dict):
        item_id = item.get("id")
    shown = printable(item_id[:3] + "…" + item_id[-4:]) if isinstance(item_id, str) and item_id else ""
    return f"{at} {shown}".strip() if type(at) is int else shown


def _note(event: Mapping[str, Json]) -> str:
    """Describe in a few words what an event carries."""
    for name in ("delta", "text", "arguments", "refusal", "code", "message"):
        if isinstance(event.get(name), str):
            return f"{name} " + quoted(event[name], _NOTE)
    for name in ("partial_image_b64", "b64_json"):
        if isinstance(event.get(name), str):
            index = event.get("partial_image_index")
            which = "final" if index is None else f"partial {index}"
            size = event["size"] if isinstance(event.get("size"), str) else "size not stated"
            return printable(f"{which}, {_size(event[name])} of base64, {size}", _NOTE)
    item, response, error = event.get("item"), event.get("response"), event.get("error")
    if isinstance(item, dict):
        picture = item.get("result")
        tail = f", {_size(picture)} of base64" if isinstance(picture, str) else ""
        return printable(f"{_word(item, 'type')}, {_word(item, 'status')}{tail}", _NOTE)
    if isinstance(response, dict):
        output = response.get("output")
        count = len(output) if isinstance(output, list) else "no"
        return printable(f"{_word(response, 'status')}, {count} items", _NOTE)
    return printable(_word(error, "message"), _NOTE) if isinstance(error, dict) else ""


def _word(holder: Mapping[str, Json], name: str) -> str:
    """Return a text field as it is shown; `no status` where it is absent or no text."""
    value = holder.get(name)
    return value if isinstance(value, str) else f"no {name}"


def _size(text: str) -> str:
    return f"{getattr(text, 'size', len(text)):,} characters"


def text(table: Sequence[TimelineRow], *, folded: bool = True) -> Iterator[str]:
    """Yield rows as lines; `folded` makes one line of a run of events that have the same type and break nothing."""
    with_time = any(entry.ms is not None for entry in table)
    yield _line("no", "ms" if with_time else None, "type", "item", "bytes", "note")
    at = 0
    while at < len(table):
        run = _run(table, at) if folded else 1
        first, last = table[at], table[at + run - 1]
        ms = None if not with_time else f"{last.ms:,.0f}" if last.ms is not None else "-"
        if run >= _RUN:
            size = sum(entry.bytes for entry in table[at : at + run])
            numbers = f"{first.number}-{last.number}"
            yield _line(numbers, ms, first.type, first.item, f"{size:,}", f"{run} of these")
        else:
            run = 1
            ms = None if not with_time else f"{first.ms:,.0f}" if first.ms is not None else "-"
            yield _line(str(first.number), ms, first.type, first.item, f"{first.bytes:,}", first.note)
            for violation in first.violations:
                yield f"{'':>9}  ^ {violation.level}  {violation.rule}: {violation.message}"
        at += run


def _run(table: Sequence[TimelineRow], at: int) -> int:
    """Count how many rows from `at` on are alike and without a violation."""
    first, end = table[at], at
    while end < len(table):
        entry = table[end]
        if (entry.type, entry.item) != (first.type, first.item) or entry.violations:
            break
        end += 1
    return max(1, end - at)


def _line(number: str, ms: str | None, kind: str, item: str, size: str, note: str) -> str:
    time = "" if ms is None else f"{ms:>9}  "
    return f"{number:>9}  {time}{kind:<{_TYPE}}  {item:<12}  {size:>11}  {note}".rstrip()
