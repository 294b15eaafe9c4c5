"""What a fault is, and how several of them are applied to one exchange.

A fault changes one or more of five things, and composes with others in the order in which they are given:
the request before the persona reads it, what is signed into its pictures, the answer as a whole, the frames of a
stream (over HTTP and over a WebSocket alike), or the bytes, or a WebSocket's messages, as they leave. Or it answers
instead of the persona, before anything is drawn.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from gateprobe.reference.drawing.signing import Seal
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest

Frames = AsyncIterator[Frame]
Chunks = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour: its name (`family.what`), what a client suffers, and the changes it makes.

    Every change but `request`, `seal` and `message` is given the request as the client sent it; `seal` is asked once,
    when the persona starts; `message` is given each message of a WebSocket as it leaves, and swallows it by an empty
    text. `instead` may answer a request over HTTP itself. `unlocks` is given the right key, too, and returns whether a
    request or a WebSocket's handshake is let in whatever key it has. A fault with a memory has a `start`: it returns
    the fault with a memory of its own for each persona that starts.
    """

    name: str
    what: str
    request: Callable[[IncomingRequest], IncomingRequest] | None = None
    answer: Callable[[IncomingRequest, Answer], Answer] | None = None
    frames: Callable[[IncomingRequest, Frames], Frames] | None = None
    chunks: Callable[[IncomingRequest, Chunks], Chunks] | None = None
    seal: Callable[[Seal | None], Seal | None] | None = None
    message: Callable[[str], str] | None = None
    instead: Callable[[IncomingRequest], Answer | None] | None = None
    start: Callable[[Fault], Fault] | None = None
    unlocks: Callable[[IncomingRequest, str], bool] | None = None


def started(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return the faults of a persona that starts, each with a memory of its own where it needs one."""
    return tuple(fault if fault.start is None else fault.start(fault) for fault in faults)


def answered_instead(faults: Sequence[Fault], sent: IncomingRequest) -> Answer | None:
    """Return the answer of the first fault that answers instead, changed by the others; None where none does."""
    answers = (fault.instead(sent) for fault in faults if fault.instead is not None)
    answer = next((answer for answer in answers if answer is not None), None)
    return None if answer is None else changed_answer(faults, sent, answer)


def is_unlocked(faults: Sequence[Fault], sent: IncomingRequest, key: str) -> bool:
    """Return whether a fault lets a request in without its key being checked."""
    return any(fault.unlocks(sent, key) for fault in faults if fault.unlocks is not None)


def changed_seal(faults: Sequence[Fault], seal: Seal | None) -> Seal | None:
    """Pass what a persona signs into its pictures through every fault that changes it."""
    for fault in faults:
        if fault.seal is not None:
            seal = fault.seal(seal)
    return seal


def changed_request(faults: Sequence[Fault], asked: IncomingRequest) -> IncomingRequest:
    """Pass a request through every fault that changes requests."""
    for fault in faults:
        if fault.request is not None:
            asked = fault.request(asked)
    return asked


def changed_answer(faults: Sequence[Fault], sent: IncomingRequest, answer: Answer) -> Answer:
    """Pass an answer through every fault that changes answers."""
    for fault in faults:
        if fault.answer is not None:
            answer = fault.answer(sent, answer)
    return answer


def changed_frames(faults: Sequence[Fault], sent: IncomingRequest, frames: Frames) -> Frames:
    """Pass a stream's frames through every fault that changes frames."""
    for fault in faults:
        if fault.frames is not None:
            frames = fault.frames(sent, frames)
    return frames


def changed_chunks(faults: Sequence[Fault], sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Pass the bytes of a body through every fault that changes bytes."""
    for fault in faults:
        if fault.chunks is not None:
            chunks = fault.chunks(sent, chunks)
    return chunks


def changed_message(faults: Sequence[Fault], text: str) -> str:
    """Pass a message of a WebSocket through every fault that changes messages."""
    for fault in faults:
        if fault.message is not None:
            text = fault.message(text)
    return text
