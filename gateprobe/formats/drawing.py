"""What draws at a gateway, as one sentence: the answer that a reader looks for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.words import joined
from gateprobe.text import printable
from gateprobe.views.drawing import Delivery, Drawing, DrawingWay, Lack

_FORMATS: Final = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "gif": "GIF"}
_LACKS: Final = {
    Lack.IMAGES_API: "no Images API",
    Lack.STREAMING: "the Images API does not stream",
    Lack.EDITS: "no edits",
    Lack.RESPONSES_API: "no Responses API",
    Lack.RESPONSES_PICTURES: "no picture by the Responses API",
}


def drawing_sentence(drawing: Drawing) -> str:
    """Return what draws at a gateway, how the picture comes, and what is missing; empty where nothing is known."""
    if drawing.ways:
        return f"{_ways(drawing)}{_rest(drawing)}."
    lacks = joined([_LACKS[lack] for lack in drawing.lacks])
    if drawing.task is not None:
        return f"{_task(drawing)}{_rest(drawing)}."
    if Lack.IMAGES_API in drawing.lacks and Lack.RESPONSES_API in drawing.lacks:
        only = "only POST /chat/completions answers, and was not asked to draw" if drawing.talks else "nothing draws"
        return f"No endpoint draws as OpenAI's do: {lacks}; {only}."
    if not drawing.asked:
        return ""
    return f"No picture came{f': {lacks}' if lacks else ''}."


def _ways(drawing: Drawing) -> str:
    new = [way for way in drawing.ways if not way.edits]
    parts = list(_new(new))
    text = f"Draws by {'; by '.join(parts)}" if parts else "Draws no new picture"
    changed = [way for way in drawing.ways if way.edits]
    if changed:
        streamed = " (also streamed)" if any(way.streams for way in changed) and not changed[0].streams else ""
        text += f"; edits by POST {printable(changed[0].path, 80)}{streamed}"
    return text


def _new(ways: list[DrawingWay]) -> Iterator[str]:
    for path in dict.fromkeys(way.path for way in ways):
        of_path = [way for way in ways if way.path == path]
        first = of_path[0]
        by_task = f"a task, polled at GET {printable(first.poll, 120)}, that brings" if first.poll else ""
        body = by_task or ("a stream with" if first.streams else "JSON with")
        kind = f", {_FORMATS.get(first.format, first.format.upper())}" if first.format else ""
        also = ", also streamed" if len(of_path) > 1 else ""
        place = f" as {first.shape}" if first.shape is not None else ""
        yield f"POST {printable(path, 80)}: {body} {_delivered(first)}{place}{kind}{also}"


def _delivered(way: DrawingWay) -> str:
    match way.delivery:
        case Delivery.BASE64:
            return "base64"
        case Delivery.DATA_URI:
            return "data URIs"
        case Delivery.LINK:
            return f"links on {printable(way.host, 80)}"


def _rest(drawing: Drawing) -> str:
    return "".join(f"; {_LACKS[lack]}" for lack in drawing.lacks)


def _task(drawing: Drawing) -> str:
    task = drawing.task
    if task is None:
        return ""
    name, polled = printable(task.name, 80), f", polled at GET {printable(task.poll, 120)}" if task.poll else ""
    return f"Answers POST {printable(task.path, 80)} with a task ({name}{polled}), not with a picture"
