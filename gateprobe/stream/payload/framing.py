"""Rules about frames: everything that can be judged before the data is read as an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import Breach
from gateprobe.stream.model import Framing
from gateprobe.wire.sse import Comment, Flaw

if TYPE_CHECKING:
    from gateprobe.wire.sse import Frame, Tail

_REPORTED: Final = 100  # frames without an `event:` line that are reported one by one
_NO_NAME: Final = message("the frame has no `event:` line")


class FrameRules:
    """Judges the frames of one stream. With `Framing.NONE` there are no frames, and no rule is broken."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._reported: set[str] = set()
        self._without: list[int] = []
        self._nameless = 0
        self._identified = False
        self.named = 0
        """How many events had an `event:` line."""

    def judge(self, frame: Frame, breaches: list[Breach]) -> None:
        """Judge what is unusual about a frame: flaws, comments, fields, lines."""
        if self._framing is Framing.NONE:
            return
        number = frame.number
        if Flaw.OVERLONG in frame.flaws:
            text = message("the frame is too long ({size:,} bytes) and was not read", size=frame.end - frame.start)
            breaches.append(Breach("stream.framing.overlong", number, text))
        elif not frame.dispatched and frame.event is not None:
            text = message("`event: {event}` comes without data", event=frame.event)
            breaches.append(Breach("stream.framing.dataless", number, text))
        if Flaw.UNKNOWN_FIELD in frame.flaws:
            text = message("a line has the unknown field {field!q}", field=frame.unknown.decode("utf-8", "replace"))
            breaches.append(Breach("stream.framing.unknown_field", number, text))
        if frame.id is not None or frame.retry is not None or {Flaw.BAD_RETRY, Flaw.NUL_ID} & set(frame.flaws):
            self._once_only(
                "stream.framing.id_retry", number, message("the frame has an `id` or `retry` line"), breaches
            )
        if frame.lines > 1:
            text = message("the data of the frame has {number:,} lines", number=frame.lines)
            self._once_only("stream.framing.line_ends", number, text, breaches)
        elif Flaw.CARRIAGE_RETURN in frame.flaws:
            self._once_only("stream.framing.line_ends", number, message("lines end with CR or CRLF"), breaches)
        self.judge_comments(frame.comments, frame.start, breaches)
        self._identified = self._identified or bool(frame.id)

    def judge_comments(self, comments: tuple[Comment, ...], before: int, breaches: list[Breach]) -> None:
        """Report the first comment of the stream, and the first one alone after an id; `before` is an offset."""
        if self._identified and any(comment.end < before for comment in comments):
            text = message("a comment comes alone after a frame with an id: openai-python takes it for an event")
            self._once_only("stream.framing.comment_after_id", None, text, breaches)
        if comments and self._framing is not Framing.NONE:
            first = comments[0]
            words = first.text.decode("utf-8", "replace").strip()
            text = message("a comment at byte {at:,}: {words!q}", at=first.start, words=words)
            self._once_only("stream.framing.comment", None, text, breaches)

    def _once_only(self, rule: str, number: int | None, text: Message, breaches: list[Breach]) -> None:
        if rule not in self._reported:
            self._reported.add(rule)
            breaches.append(Breach(rule, number, text))

    def judge_name(self, frame: Frame, event_type: str, breaches: list[Breach]) -> None:
        """Compare the `event:` line with the type of the data."""
        if frame.event == event_type:
            self.named += 1
            return
        if self._framing is Framing.NONE:
            return
        if frame.event is not None:
            self.named += 1
            text = message(
                "the event's type is {type!q}, its line is `event: {name}`", type=event_type, name=frame.event
            )
            breaches.append(Breach("stream.event_names.mismatch", frame.number, text))
        elif self.named:
            breaches.append(Breach("stream.event_names.missing", frame.number, _NO_NAME))
        else:
            self._nameless += 1
            if len(self._without) < _REPORTED:
                self._without.append(frame.number)

    def judge_empty(self, tail: Tail | None) -> list[Breach]:
        """Report that no event came at all."""
        size = tail.end if tail is not None else 0
        if not size and self._framing is not Framing.NONE:
            return [
                Breach("stream.terminal.missing", None, message("the stream is empty: it ends before its first event"))
            ]
        return [Breach("stream.framing.frames", None, message("no event came in {size:,} bytes", size=size))]

    def end(self, breaches: list[Breach]) -> None:
        """Report the frames without an `event:` line that came before any with one."""
        rule = "stream.event_names.missing"
        if self.named:
            breaches += [Breach(rule, number, _NO_NAME) for number in self._without]
        elif self._nameless:
            text = message("none of the {number:,} events has an `event:` line", number=self._nameless)
            breaches.append(Breach(rule, None, text))
