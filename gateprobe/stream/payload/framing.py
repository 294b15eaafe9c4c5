"""Rules about frames: everything that can be said before the data is read as an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.stream.keywords.base import Broken
from gateprobe.stream.model import Framing
from gateprobe.text import printable
from gateprobe.wire.sse import Comment, Flaw

if TYPE_CHECKING:
    from gateprobe.wire.sse import Frame, Tail

_WITHOUT_KEPT: Final = 100
_SHOWN: Final = 60


class FrameRules:
    """Judges the frames of one stream. With `Framing.NONE` there are no frames, and nothing is said."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._once: set[str] = set()
        self._without: list[int] = []
        self._nameless = 0
        self._identified = False
        self.named = 0
        """How many events had an `event:` line."""

    def look(self, frame: Frame, broken: list[Broken]) -> None:
        """Judge what is unusual about a frame: flaws, comments, fields, lines."""
        if self._framing is Framing.NONE:
            return
        number = frame.number
        if Flaw.OVERLONG in frame.flaws:
            text = f"the frame is too long ({frame.end - frame.start:,} bytes) and was not read"
            broken.append(Broken("stream.framing.overlong", number, text))
        elif not frame.dispatched and frame.event is not None:
            text = f"`event: {printable(frame.event, _SHOWN)}` comes without data"
            broken.append(Broken("stream.framing.dataless", number, text))
        if Flaw.UNKNOWN_FIELD in frame.flaws:
            shown = printable(frame.unknown.decode("utf-8", "replace"), _SHOWN)
            broken.append(Broken("stream.framing.unknown_field", number, f"a line names the unknown field {shown!r}"))
        if frame.id is not None or frame.retry is not None or {Flaw.BAD_RETRY, Flaw.NUL_ID} & set(frame.flaws):
            self._tell_once("stream.framing.id_retry", number, "the frame has an `id` or `retry` line", broken)
        if frame.lines > 1:
            text = f"the data is spread over {frame.lines:,} lines"
            self._tell_once("stream.framing.line_ends", number, text, broken)
        elif Flaw.CARRIAGE_RETURN in frame.flaws:
            self._tell_once("stream.framing.line_ends", number, "lines end with CR or CRLF", broken)
        self.comments(frame.comments, frame.start, broken)
        self._identified = self._identified or bool(frame.id)

    def comments(self, comments: tuple[Comment, ...], before: int, broken: list[Broken]) -> None:
        """Name the first comment of the stream, and the first that stands alone behind an id; `before` is an offset."""
        if self._identified and any(comment.end < before for comment in comments):
            text = "a comment stands alone, though a frame before it has an id: openai-python takes it for an event"
            self._tell_once("stream.framing.comment_after_id", None, text, broken)
        if comments and self._framing is not Framing.NONE:
            shown = printable(comments[0].text.decode("utf-8", "replace").strip(), _SHOWN)
            text = f"a comment at byte {comments[0].start:,}: {shown!r}"
            self._tell_once("stream.framing.comment", None, text, broken)

    def _tell_once(self, rule: str, number: int | None, text: str, broken: list[Broken]) -> None:
        if rule not in self._once:
            self._once.add(rule)
            broken.append(Broken(rule, number, text))

    def name(self, frame: Frame, kind: str, broken: list[Broken]) -> None:
        """Compare the `event:` line with the type of the data."""
        if frame.event == kind:
            self.named += 1
            return
        if self._framing is Framing.NONE:
            return
        if frame.event is not None:
            self.named += 1
            text = f"`event: {printable(frame.event, _SHOWN)}` does not name the type {printable(kind, _SHOWN)!r}"
            broken.append(Broken("stream.event_names.mismatch", frame.number, text))
        elif self.named:
            broken.append(Broken("stream.event_names.missing", frame.number, "the frame has no `event:` line"))
        else:
            self._nameless += 1
            if len(self._without) < _WITHOUT_KEPT:
                self._without.append(frame.number)

    def nothing(self, tail: Tail | None) -> list[Broken]:
        """Say that no event came at all."""
        size = tail.end if tail is not None else 0
        if not size and self._framing is not Framing.NONE:
            return [Broken("stream.terminal.missing", None, "the stream is empty: it ends before its first event")]
        return [Broken("stream.framing.frames", None, f"no event in {size:,} bytes: this is no event stream")]

    def end(self, broken: list[Broken]) -> None:
        """Report the frames without an `event:` line that came before any with one."""
        rule = "stream.event_names.missing"
        if self.named:
            broken += [Broken(rule, number, "the frame has no `event:` line") for number in self._without]
        elif self._nameless:
            broken.append(Broken(rule, None, f"none of the {self._nameless:,} events has an `event:` line"))
