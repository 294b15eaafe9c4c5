"""Chat completions: whether a picture comes, and in which shape."""

from __future__ import annotations

from gateprobe.build import RED_SQUARE, get
from gateprobe.evidence import (
    ChatPicture,
    ChatShape,
    Evidence,
    Exchange,
    MalformedAnswerError,
    as_picture,
    chat_pictures,
)
from gateprobe.gateway import Gateway
from gateprobe.image import Picture
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Json, Stance, honoured, ignored
from gateprobe.probe import probe
from gateprobe.request import Buy, JsonBody
from gateprobe.scenario import Steps, scenario
from gateprobe.urls import link_problem

from .scenarios.images import fetched
from .support.links import picture_behind


def on_chat(gateway: Gateway) -> tuple[Json, ...]:
    """Return the one value of a probe about chat; none unless chat is promised or the only way to draw."""
    is_only = gateway.path("generations") is None and gateway.path("responses") is None
    return (None,) if is_only or gateway.claim("chat.image").stance is Stance.OFFERED else ()


@scenario(images=1, tier="smoke")
def chat_picture(gateway: Gateway) -> Steps:
    """Ask for a picture by chat completions, and fetch it if the answer is a link."""
    body: Json = {"model": gateway.models.image, "messages": [{"role": "user", "content": RED_SQUARE}]}
    request = get(gateway, "/chat/completions", method="POST", body=JsonBody(body), buys=(Buy(),))
    answer: Exchange = yield request
    for picture in chat_pictures(answer)[:1]:
        if link_problem(picture.value) is None:
            yield from fetched(picture.value, "the link that was given")


@probe("chat.image", needs=chat_picture, level="should", values=on_chat, refused_with="chat.no_picture")
def picture_comes_by_chat(evidence: Evidence, _claim: Claim) -> Finding:
    """Chat completions return a picture."""
    answer = evidence[0]
    received = chat_pictures(answer)
    if not received:
        return ignored("chat.no_picture", "no picture came by chat: the body is {form}", form=answer.form).at(
            answer.place
        )
    first = received[0]
    try:
        source, picture = _picture(evidence, answer, first)
    except MalformedAnswerError as error:
        if first.shape is not ChatShape.LINK:
            raise
        return ignored("chat.no_picture", "no picture came by chat: {problem}", problem=error.message).at(answer.place)
    return honoured(
        "received a {format} picture of {size} as {shape}",
        format=picture.format,
        size=picture.size,
        shape=str(first.shape),
    ).at(source.place)


def _picture(evidence: Evidence, answer: Exchange, picture: ChatPicture) -> tuple[Exchange, Picture]:
    """Return the picture of a message, and the exchange that brought it."""
    if picture.value.startswith(("http://", "https://")):
        return picture_behind(evidence, answer, picture.value)
    with answer.placing_errors():
        return answer, as_picture(picture.value, message("the picture of the message"))
