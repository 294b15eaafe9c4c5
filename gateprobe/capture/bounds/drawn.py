"""Count the pictures of an answer, and those that a request may have drawn: by what came, whatever the status says.

Only a complete refusal (4xx) without a picture is free. Any other outcome of a request that could draw counts at least
what was requested: a gateway may draw and then answer 503, or nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.capture.bounds.pictures import read
from gateprobe.evidence import Attempt
from gateprobe.evidence.tasks import task_name
from gateprobe.model import Json
from gateprobe.request import Request

_ENDS: Final = ("response.completed", "response.incomplete")
_RUNNING: Final = ("queued", "in_progress")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of one attempt: the pictures that came, and the most that it may have drawn."""

    came: int
    most: int
    complete: bool = True
    """Whether a complete answer said so; else `most` is what was requested."""

    @property
    def spent(self) -> int:
        """The pictures that a report counts: those that came, else those that may have been drawn."""
        return self.came or self.most


NOTHING: Final = Drawn(0, 0)


def drawn(request: Request, attempt: Attempt, body: bytes) -> Drawn:
    """Count the pictures of one attempt at a request.

    Of the poll of a task, `most` are those that it brings beyond what was ordered: the order counts the others.
    """
    if not attempt.left or not (request.could_draw or request.delivers):
        return NOTHING
    answer = read(request, attempt, body)
    came = answer.pictures
    if request.delivers:
        return Drawn(came, max(0, came - request.delivers))
    complete = attempt.failure is None and attempt.defect is None
    if complete and _is_refusal(attempt, answer.documents):
        hidden = not came and answer.may_hide_picture
        return Drawn(came, max(request.images, 1) if hidden else came)
    if complete and _is_text(request, attempt, answer.documents):
        return Drawn(came, came)
    return Drawn(came, max(came, request.expected_images), complete and came > 0)


def _is_refusal(attempt: Attempt, documents: list[Json] | None) -> bool:
    """Return whether the status is 4xx; over a WebSocket, whether the only message is an error with such a status."""
    if attempt.status != 101:
        return attempt.status is not None and 400 <= attempt.status < 500
    if not documents or len(documents) != 1 or not isinstance(documents[0], dict):
        return False
    event = documents[0]
    status, error = event.get("status"), event.get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    stated = isinstance(status, int) and 400 <= status < 500
    return event.get("type") == "error" and (stated or kind == "invalid_request_error")


def _is_text(request: Request, attempt: Attempt, documents: list[Json] | None) -> bool:
    """Return whether a request that buys nothing was answered completely, and without calling the image tool."""
    status = attempt.status or 0
    if request.buys or request.of_images or not documents or not (200 <= status < 300 or status == 101):
        return False
    if any(task_name(document, status) for document in documents):  # a picture may be drawn later
        return False
    ends = [document for document in documents[:-1] if _is_end(document)] + documents[-1:]
    return all(_is_whole_text(request, document, alone=len(documents) == 1) for document in ends)


def _is_end(document: Json) -> bool:
    """Return whether a document is the end of a response; a WebSocket may bring several."""
    return isinstance(document, dict) and document.get("type") in _ENDS


def _is_whole_text(request: Request, last: Json, *, alone: bool) -> bool:
    if not isinstance(last, dict):
        return False
    streamed = isinstance(last.get("response"), dict)
    response = last["response"] if streamed else last
    output = response.get("output")
    whole = not streamed or last.get("type") in _ENDS
    if response.get("error") or not whole:
        return False
    if not isinstance(output, list):
        return alone and not request.asks_for_picture and (bool(response.get("choices")) or not _asks_model(request))
    if response.get("status") in _RUNNING:
        return _is_text_later(request)
    if not output:
        return _is_text_later(request) or (response.get("status") == "cancelled" and not _asks_model(request))
    return not any(_is_call(item) for item in output)


def _asks_model(request: Request) -> bool:
    """Return whether a request asks a model for an answer, rather than to read, store or cancel something."""
    return bool(request.fields & {"input", "messages", "prompt"}) and request.endpoint != "input_tokens"


def _is_text_later(request: Request) -> bool:
    """Return whether a text response may have no output yet: a warm-up, or a response in the background."""
    body = request.json
    asked = isinstance(body, dict) and (body.get("background") is True or body.get("generate") is False)
    return asked and not request.asks_for_picture


def _is_call(item: Json) -> bool:
    return not isinstance(item, dict) or "image" in str(item.get("type", "image"))
