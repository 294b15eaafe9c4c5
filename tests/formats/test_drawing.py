"""What draws at a gateway, as one sentence."""

from __future__ import annotations

import pytest

from gateprobe.formats.drawing import drawing_sentence
from gateprobe.request import JsonBody, Request
from gateprobe.views.drawing import Delivery, Drawing, DrawingWay, Lack, OrderedTask, RefusedPicture

REQUEST = Request("POST", "/images/generations", JsonBody({}))


def way(
    path: str = "/images/generations",
    *,
    streams: bool = False,
    delivery: Delivery = Delivery.BASE64,
    host: str = "",
    form: str = "png",
) -> DrawingWay:
    """Return a way that drew."""
    return DrawingWay(path, streams, path.endswith("/edits"), delivery, host, form, REQUEST)


def drawing(*ways: DrawingWay, lacks: tuple[Lack, ...] = (), **more: object) -> Drawing:
    """Return what draws at a gateway that was asked for pictures."""
    task = more.get("task")
    return Drawing(
        "a", "A", ways, lacks, task if isinstance(task, OrderedTask) else None, bool(more.get("talks")), asked=True
    )


EVERY = (Lack.STREAMING, Lack.EDITS, Lack.RESPONSES_API)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            drawing(way(delivery=Delivery.LINK, host="cdn.example.com"), lacks=EVERY),
            (
                "Draws by POST /images/generations: JSON with links on cdn.example.com, PNG;"
                " the Images API does not stream; no edits; no Responses API."
            ),
        ),
        (
            drawing(way(), way(streams=True), way("/responses", streams=True), way("/images/edits")),
            (
                "Draws by POST /images/generations: JSON with base64, PNG, also streamed;"
                " by POST /responses: a stream with base64, PNG; edits by POST /images/edits."
            ),
        ),
        (
            drawing(task=OrderedTask("/images/generations", "task_1", "/tasks/task_1"), lacks=(Lack.EDITS,)),
            (
                "Answers POST /images/generations with a task (task_1, polled at GET /tasks/task_1), not with a"
                " picture; no edits."
            ),
        ),
        (
            drawing(lacks=(Lack.IMAGES_API, Lack.EDITS, Lack.RESPONSES_API), talks=True),
            (
                "No endpoint draws as OpenAI's do: no Images API, no edits and no Responses API;"
                " only POST /chat/completions answers, and was not asked to draw."
            ),
        ),
        (drawing(), "No picture came."),
        (
            Drawing("a", "A", (way(),), (Lack.RESPONSES_API,), asked=True, untried=("/images/edits",)),
            (
                "Draws by POST /images/generations: JSON with base64, PNG; no Responses API;"
                " not tried: POST /images/edits."
            ),
        ),
        (
            Drawing("a", "A", asked=True, untried=("/images/generations", "/images/edits")),
            "No picture came; not tried: POST /images/generations and POST /images/edits.",
        ),
        (
            Drawing(
                "a",
                "A",
                lacks=(Lack.RESPONSES_PICTURES,),
                asked=True,
                refused=RefusedPicture("/responses", 400, "Instructions are required"),
                untried=("/images/generations",),
            ),
            (
                "No picture came: POST /responses answered HTTP 400, 'Instructions are required';"
                " not tried: POST /images/generations."
            ),
        ),
        (Drawing("a", "A"), ""),
    ],
)
def test_the_first_screen_says_what_draws(facts: Drawing, sentence: str) -> None:
    """The endpoint, how pictures come and their format, then what is missing; nothing where nothing was asked."""
    assert drawing_sentence(facts) == sentence
