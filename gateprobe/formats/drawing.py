"""What draws at a gateway, as one sentence: the answer that a reader looks for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.words import joined
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
from gateprobe.text import printable
from gateprobe.views.drawing import Delivery, Drawing, DrawingWay, Lack, RefusedPicture

_FORMATS: Final = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "gif": "GIF"}
_LACKS: Final = {
    Lack.IMAGES_API: "no Images API",
    Lack.STREAMING: "the Images API does not stream",
    Lack.EDITS: "no edits",
    Lack.RESPONSES_API: "no Responses API",
    Lack.RESPONSES_PICTURES: "no picture by the Responses API",
}


@in_each_language
def drawing_sentence(drawing: Drawing) -> str:
    """Return what draws at a gateway, how the picture comes, and what is missing; empty where nothing is known."""
    if drawing.ways:
        return _with_missing(_ways(drawing), drawing)
    lacks = joined([translated(_LACKS[lack]) for lack in drawing.lacks])
    if drawing.task is not None:
        return _with_missing(_task(drawing), drawing)
    if Lack.IMAGES_API in drawing.lacks and Lack.RESPONSES_API in drawing.lacks:
        if drawing.talks:
            return sentence(
                "No endpoint draws as OpenAI's do: {lacks}; only POST /chat/completions answers, and was not asked to"
                " draw.",
                lacks=lacks,
            )
        return sentence("No endpoint draws as OpenAI's do: {lacks}; nothing draws.", lacks=lacks)
    if not drawing.asked:
        return ""
    if drawing.refused is not None:
        return _with_missing(_refused(drawing.refused), drawing)
    missing = translated("; ").join(_missing(drawing))
    if lacks:
        return sentence("No picture came: {lacks}.", lacks=missing)
    return sentence("No picture came; {rest}.", rest=missing) if missing else sentence("No picture came.")


def _refused(answer: RefusedPicture) -> str:
    return sentence(
        "No picture came: POST {path} answered HTTP {status}, {stated!q}",
        path=printable(answer.path, 80),
        status=answer.status,
        stated=printable(answer.stated, 120),
    )


def _ways(drawing: Drawing) -> str:
    new = [way for way in drawing.ways if not way.edits]
    parts = list(_new(new))
    ways = sentence("; by ").join(parts)
    text = sentence("Draws by {ways}", ways=ways) if parts else sentence("Draws no new picture")
    changed = [way for way in drawing.ways if way.edits]
    if changed:
        text += sentence("; edits by POST {path}", path=printable(changed[0].path, 80))
        if any(way.streams for way in changed) and not changed[0].streams:
            text += sentence(" (also streamed)")
    return text


def _new(ways: list[DrawingWay]) -> Iterator[str]:
    for path in dict.fromkeys(way.path for way in ways):
        of_path = [way for way in ways if way.path == path]
        first = of_path[0]
        form = sentence(", {text}", text=_FORMATS.get(first.format, first.format.upper())) if first.format else ""
        also = sentence(", also streamed")
        picture = f"{_delivered(first)}{form}{also if len(of_path) > 1 else ''}"
        called = printable(path, 80)
        if first.poll:
            poll = printable(first.poll, 120)
            yield sentence(
                "POST {path}: a task, polled at GET {poll}, that brings {picture}",
                path=called,
                poll=poll,
                picture=picture,
            )
        elif first.shape is not None:
            yield sentence("POST {path}: {picture}", path=called, picture=picture)
        elif first.streams:
            yield sentence("POST {path}: a stream with {picture}", path=called, picture=picture)
        else:
            yield sentence("POST {path}: JSON with {picture}", path=called, picture=picture)


def _delivered(way: DrawingWay) -> str:
    if way.shape is not None:
        shape = str(way.shape)
        return sentence("{shape}, on {host}", shape=shape, host=printable(way.host, 80)) if way.host else shape
    match way.delivery:
        case Delivery.BASE64:
            return sentence("base64")
        case Delivery.DATA_URI:
            return sentence("data URIs")
        case Delivery.LINK:
            return sentence("links on {host}", host=printable(way.host, 80))


def _with_missing(text: str, drawing: Drawing) -> str:
    return sentence("{text}.", text=translated("; ").join((text, *_missing(drawing))))


def _missing(drawing: Drawing) -> Iterator[str]:
    """Yield what is missing, and what was not tried."""
    for lack in drawing.lacks:
        if drawing.refused is None or lack is not Lack.RESPONSES_PICTURES:
            yield translated(_LACKS[lack])
    if drawing.untried:
        yield sentence("not tried: {paths}", paths=joined([f"POST {printable(path, 80)}" for path in drawing.untried]))


def _task(drawing: Drawing) -> str:
    task = drawing.task
    if task is None:
        return ""
    path, name = printable(task.path, 80), printable(task.name, 80)
    if not task.poll:
        return sentence("Answers POST {path} with a task ({name}), not with a picture", path=path, name=name)
    return sentence(
        "Answers POST {path} with a task ({name}, polled at GET {poll}), not with a picture",
        path=path,
        name=name,
        poll=printable(task.poll, 120),
    )
