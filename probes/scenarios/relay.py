"""Requests of a relay run; each has unique words, by which its two sides are paired.

`(play: …)` asks gateprobe's upstream to answer slowly or with pings. For another upstream, it is a part of the prompt.
"""

from __future__ import annotations

import base64
from random import Random
from typing import Final

from gateprobe.build import edits, generations, get, image_tool, responses, user
from gateprobe.evidence import MalformedAnswerError, at
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.request import FormBody, Part, Request, Together, Transport
from gateprobe.scenario import Steps, scenario

from ..support import pictures as made
from ..support.relay import BY_ID

ODD: Final = 'Beside it: "圓" and a\u0301, \U0001f7e5\u200d, \\n, &amp; <b>, %41\n\tand a last line.  '
"""Characters that relays escape, decode or trim: Chinese, quotes, a combining accent, an emoji, a backslash, spaces."""

LONG: Final = " The square is plain and calm." * 200 + " Nothing else is on the page."
"""About 6,000 characters: relays that enforce the limits of older models cut such a prompt."""

TOGETHER: Final = 4
"""The number of simultaneous requests."""

COLOURS: Final = ("red", "blue", "green", "yellow")

GIVEN_UP: Final = "left after the first bytes"
AGAIN: Final = "the same request once more"
TWIN: Final = "the same request at the same time"

_SYLLABLES: Final = ("ba", "do", "fi", "ka", "le", "mo", "nu", "pe", "ri", "so", "ta", "vu")


def unique_word(seed: int, place: str) -> str:
    """Return a word that is unique to a request of a run."""
    draw = Random(f"{seed} {place}")  # noqa: S311 - nothing secret is drawn
    return "".join(draw.choice(_SYLLABLES) for _ in range(4)) + str(draw.randrange(1000, 10_000))


def figure_prompt(seed: int, place: str, colour: str = "red", play: str = "") -> str:
    """Return a prompt for a figure with a unique word as its title."""
    played = f" (play: {play})" if play else ""
    return f"Draw a solid {colour} square on a white background. Its title is {unique_word(seed, place)}.{played}"


def word_question(seed: int, place: str, play: str = "", prefix: str = "") -> str:
    """Return a question whose answer is a unique word after a prefix."""
    played = f" (play: {play})" if play else ""
    return f"Reply with the single word: {prefix}{unique_word(seed, place)}.{played}"


@scenario(images=1)
def relay_picture(gateway: Gateway, *, seed: int) -> Steps:
    """Draw a picture with every option of the Images API that costs nothing."""
    yield generations(
        gateway,
        f"{figure_prompt(seed, 'picture')} {ODD}",
        n=1,
        output_format="png",
        background="opaque",
        moderation="low",
        user=unique_word(seed, "user"),
        buys=1,
    )


@scenario(images=2)
def relay_pictures(gateway: Gateway, *, seed: int) -> Steps:
    """Draw two pictures by `n`, of a long prompt, with a compression of 0, which relays mistake for no value."""
    options: dict[str, Json] = {"output_format": "jpeg", "output_compression": 0}
    yield generations(gateway, f"{figure_prompt(seed, 'pictures', 'blue')}{LONG}", n=2, **options, buys=2)


@scenario(images=1)
def relay_picture_stream(gateway: Gateway, *, seed: int) -> Steps:
    """Draw a picture as a stream with two partial pictures."""
    yield generations(gateway, figure_prompt(seed, "stream", "green"), stream=True, partial_images=2, buys=1)


@scenario(images=1)
def relay_edit(gateway: Gateway, *, seed: int) -> Steps:
    """Send two pictures and a mask as a form whose files have unique names, and ask for a change."""
    prompt = f"Make the square blue. Its title is 圓 {unique_word(seed, 'edit')}."
    request = edits(
        gateway, prompt, encoding="multipart", output_format="png", n=1, user=unique_word(seed, "edit user"), buys=1
    )
    fields = request.body.parts if isinstance(request.body, FormBody) else ()
    names = [f"{unique_word(seed, name)} 圓 {name}.png" for name in ("first", "second", "mask")]
    files = (made.square(seed), made.squares(seed), made.mask(seed=seed))
    kinds = ("image[]", "image[]", "mask")
    parts = [Part(kind, data, name, "image/png") for kind, data, name in zip(kinds, files, names, strict=True)]
    yield request.with_(body=FormBody((*fields, *parts)))


def _options(seed: int) -> dict[str, Json]:
    return {
        "metadata": {"title": unique_word(seed, "metadata")},
        "safety_identifier": unique_word(seed, "identifier"),
        "prompt_cache_key": unique_word(seed, "cache"),
        "parallel_tool_calls": False,
        "store": True,
    }


QUERY: Final = "include[]=message.output_text.logprobs"
"""The query of a request for a response by its id."""


def _function(name: str) -> Json:
    """Return a function that the model may call; its schema has false, 0 and empty values."""
    count = {"type": "integer", "minimum": 0, "description": "Numbers of figures, such as 3 < 4."}
    schema = {"type": "object", "properties": {"count": count}, "required": [], "additionalProperties": False}
    return {"type": "function", "name": name, "description": "", "parameters": schema, "strict": False}


@scenario(images=1, requests=2)
def relay_response(gateway: Gateway, *, seed: int) -> Steps:
    """Draw a picture like another one in the Responses API, with options; ask for the response by its id."""
    tools = [image_tool(gateway, output_format="png", background="opaque")]
    seen = {"type": "input_image", "image_url": f"data:image/png;base64,{base64.b64encode(made.square(seed)).decode()}"}
    prompt: list[Json] = [user(figure_prompt(seed, "response"), seen)]
    answer = yield responses(gateway, prompt, tools=tools, **_options(seed), buys=1)
    try:
        name = at(answer.response, "id")
    except MalformedAnswerError:
        return  # other probes judge it
    if answer.ok and isinstance(name, str):
        yield get(gateway, f"{gateway.path('responses') or '/responses'}/{name}?{QUERY}", note=BY_ID)


@scenario(images=1)
def relay_response_stream(gateway: Gateway, *, seed: int) -> Steps:
    """Draw a picture in the Responses API as a stream with two partial pictures."""
    tools = [image_tool(gateway, partial_images=2)]
    yield responses(gateway, figure_prompt(seed, "response stream", "blue"), tools=tools, stream=True, buys=1)


@scenario()
def relay_words(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for a word; two functions are offered, and may not be called."""
    tools = [_function("count_squares"), _function("count_circles")]
    yield responses(gateway, word_question(seed, "words"), tools=tools, tool_choice="none", **_options(seed))


@scenario()
def relay_words_stream(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for a word with Chinese letters as a stream, whose pieces end within a letter."""
    yield responses(gateway, word_question(seed, "words stream", "cut_letters", prefix="圓形"), stream=True)


DRAWING: Final = (
    relay_picture,
    relay_pictures,
    relay_picture_stream,
    relay_edit,
    relay_response,
    relay_response_stream,
)
"""The scenarios that draw, one for each form of request."""

ORDINARY: Final = (*DRAWING, relay_words, relay_words_stream)
"""The scenarios of ordinary requests."""


@scenario()
def relay_words_socket(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for a word over a WebSocket."""
    yield responses(gateway, word_question(seed, "socket"), transport=Transport.WEBSOCKET)


@scenario(requests=3)
def relay_refusals(gateway: Gateway, *, seed: int) -> Steps:
    """Ask both endpoints for a size that no model draws, and for a stream of it."""
    yield generations(gateway, figure_prompt(seed, "refused"), size="12x12")
    yield responses(gateway, figure_prompt(seed, "refused response"), tools=[image_tool(gateway, size="12x12")])
    yield generations(gateway, figure_prompt(seed, "refused stream"), size="12x12", stream=True)


@scenario(images=2, requests=2)
def relay_again(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for the same picture twice, one after the other."""
    request = generations(gateway, figure_prompt(seed, "again", "yellow"), buys=1)
    yield request
    yield request.with_(note=AGAIN)


@scenario(requests=4)
def relay_words_again(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for the same word twice, one after the other; then for the same stream of another word."""
    whole = responses(gateway, word_question(seed, "words again"))
    stream = responses(gateway, word_question(seed, "words again as a stream"), stream=True)
    for request in (whole, stream):
        yield request
        yield request.with_(note=AGAIN)


@scenario(requests=2)
def relay_same_together(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for the same word twice, at the same time; the upstream answers slowly."""
    request = responses(gateway, word_question(seed, "same together", "slow"))
    yield Together((request, request.with_(note=TWIN)))


@scenario(images=TOGETHER, requests=TOGETHER)
def relay_together(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for four pictures of four colours in simultaneous requests; the upstream answers slowly."""
    yield Together(
        tuple(
            generations(gateway, figure_prompt(seed, f"together {colour}", colour, "slow"), buys=1, note=colour)
            for colour in COLOURS
        )
    )


def _played_stream(gateway: Gateway, seed: int, place: str, play: str, surface: str) -> Request:
    if surface == "images":
        return generations(gateway, figure_prompt(seed, place, play=play), stream=True, partial_images=3, buys=1)
    return responses(gateway, word_question(seed, place, play), stream=True)


SURFACES: Final = ("images", "responses")


def surfaces(gateway: Gateway) -> tuple[str, ...]:
    """Return the surfaces that a gateway's file does not exclude."""
    paths = {"images": gateway.path("generations"), "responses": gateway.path("responses")}
    return tuple(surface for surface in SURFACES if paths[surface] is not None)


@scenario(images=lambda surface: 2 * (surface == "images"), requests=2)
def relay_slow_stream(gateway: Gateway, surface: str, *, seed: int) -> Steps:
    """Ask twice for a stream whose upstream pauses after each event: a busy machine may be late once."""
    for turn in ("first", "second"):
        yield _played_stream(gateway, seed, f"{turn} slow {surface}", "slow_stream", surface)


@scenario(images=lambda surface: int(surface == "images"))
def relay_pings(gateway: Gateway, surface: str, *, seed: int) -> Steps:
    """Ask for a stream whose upstream sends a comment in each pause."""
    yield _played_stream(gateway, seed, f"pings {surface}", "pings", surface)


WHOLE: Final = "whole"
STREAM: Final = "stream"


def leaving_forms(gateway: Gateway) -> tuple[str, ...]:
    """Return the surfaces of streams that a client can leave, and `whole` for a picture without a stream."""
    streamed = surfaces(gateway)
    return (*streamed, WHOLE) if "images" in streamed else streamed


@scenario(images=lambda surface: int(surface != "responses"))
def relay_leaving(gateway: Gateway, surface: str, *, seed: int) -> Steps:
    """Close the connection at the first bytes of a slow stream, or before a whole picture is drawn."""
    if surface == WHOLE:
        prompt = figure_prompt(seed, "leaving whole", "blue", "unhurried")
        yield generations(gateway, prompt, buys=1, note=GIVEN_UP).with_(leave_at=0.6)
        return
    request = _played_stream(gateway, seed, f"leaving {surface}", "slow_stream", surface)
    yield request.with_(leave_after=1, note=GIVEN_UP)


STREAMED: Final = ("cut_stream", "error_event")
"""The plays of the upstream that need a stream."""


@scenario(last=True)
def relay_bad_upstream(gateway: Gateway, play: str, *, seed: int) -> Steps:
    """Ask for a text or a picture, to which the upstream answers with a known fault."""
    if play in STREAMED:
        surface = surfaces(gateway)[-1] if surfaces(gateway) else "images"
        yield _played_stream(gateway, seed, f"bad {play}", play, surface).with_(buys=())
    else:
        yield generations(gateway, figure_prompt(seed, f"bad {play}", play=play))


@scenario(images=2, requests=2, last=True)
def relay_late(gateway: Gateway, *, seed: int) -> Steps:
    """Ask at once for a picture that takes two minutes, and for a stream that pauses as long."""
    whole = generations(gateway, figure_prompt(seed, "late picture", "red", "late"), buys=1)
    yield Together((whole, _played_stream(gateway, seed, "late stream", "late_stream", "images")))


@scenario(images=lambda surface: int(surface == "images"))
def relay_compressed(gateway: Gateway, surface: str, *, seed: int) -> Steps:
    """Ask for a whole picture or a streamed word, which the upstream compresses where the gateway accepts it."""
    if surface == "images":
        yield generations(gateway, figure_prompt(seed, "compressed picture", "green", "compressed"), buys=1)
    else:
        yield responses(gateway, word_question(seed, "compressed word", "compressed"), stream=True)


@scenario(images=1)
def relay_large_file(gateway: Gateway, *, seed: int) -> Steps:
    """Send a picture of eight megabytes as a form, and ask for a change."""
    prompt = f"Make it green. Its title is {unique_word(seed, 'large file')}."
    request = edits(gateway, prompt, encoding="multipart", buys=1)
    fields = request.body.parts if isinstance(request.body, FormBody) else ()
    yield request.with_(body=FormBody((*fields, Part("image", made.large(1640, seed), "large.png", "image/png"))))


@scenario(images=1)
def relay_large_picture(gateway: Gateway, form: str, *, seed: int) -> Steps:
    """Draw a picture that does not compress, of several megabytes, whole or as a stream."""
    title = unique_word(seed, f"noise {form}")
    prompt = f"Draw colourful TV static: random noise from edge to edge. Its title is {title}."
    options: dict[str, Json] = {"stream": True} if form == STREAM else {}
    yield generations(gateway, prompt, **options, buys=1)
