"""Shared scenarios of models, keys and the Responses API: free ones first, then the pictures that many probes judge."""

from __future__ import annotations

from typing import Final

from gateprobe.build import OMIT, RED_SQUARE, edits, generations, image_tool, models, responses, square_prompt
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.probe import Selection
from gateprobe.request import Auth, Buy, Transport, image_tool_in
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..support.exchanges import ABSENT
from ..support.pictures import square

_ONE_WORD: Final = " with the single word: "


def single_word(word: str, number: int) -> Phrase:
    """Return a question whose answer is one word: this one, or the run's word with a number."""
    template = f"{{Reply|Answer|Respond|Please reply|Please answer}}{_ONE_WORD}{{word {number}}}."
    return Phrase(f"Reply{_ONE_WORD}{word}.", template)


def asks_for_word(question: str) -> bool:
    """Return whether a question asks for a single word."""
    return _ONE_WORD in question


def word_asked(question: str) -> str:
    """Return the word that a question of this form asks for."""
    return question.rpartition(": ")[2].rstrip(".")


WORD: Final = single_word("ready", 0)
"""The cheapest question that brings an answer."""

SQUARE_ON_PAGE: Final = square_prompt("Draw a solid red square on a yellow background.", "{old}", "yellow")
"""The first of two turns: the second names neither the shape nor the page, so a yellow page proves that it is known."""

MAKE_IT_BLUE: Final = Phrase(
    "Make it blue.",
    "{Make|Turn|Recolour|Please make|Please turn} it {|entirely |completely |wholly |all }{new}"
    "{.|!|, please.|, that is all.|, and nothing more.|, no more than that.}",
)
"""A change of a picture that is to be refused for another reason."""

COUNT: Final = Phrase(
    "Count from 1 to 200, in digits, with commas.",
    "{Count|Please count|Count up} from 1 to {180..240}, {in digits, with commas|in digits and with commas"
    "|with digits and commas|using digits and commas}{.|, please.|, and write nothing else.|, on one line.}",
)
"""A text that takes a while."""

NO_SUCH_MODEL: Final = Phrase("gateprobe-no-such-model", "{word 1}-{2..9}-{hex 6}")
"""A model that nobody has."""


@scenario(tier="smoke")
def models_list(gateway: Gateway) -> Steps:
    """Ask for the models list."""
    yield models(gateway)


def _endpoints(gateway: Gateway, auth: Auth) -> Steps:
    """Send each endpoint that the gateway has a request that works with a key, free ones first."""
    free = []
    if gateway.path("models") is not None:
        free.append(models(gateway, auth=auth).with_(note="GET /models"))
    if gateway.path("responses") is not None:
        free.append(responses(gateway, WORD, auth=auth, note="POST /responses"))
    for request in free:
        exchange: Exchange = yield request
        if exchange.status in ABSENT:
            yield request.with_(auth=Auth.KEY)  # is the endpoint missing, or for a wrong key alone?
    if gateway.path("generations") is not None:
        yield generations(gateway, auth=auth, note="POST /images/generations")
    if gateway.path("edits") is not None:
        yield edits(gateway, MAKE_IT_BLUE, [square(gateway.seed)], note="POST /images/edits").with_(auth=auth)


@scenario(tier="smoke", requests=4, first=True)
def bogus_key(gateway: Gateway) -> Steps:
    """Ask each endpoint with a key that does not exist."""
    yield from _endpoints(gateway, Auth.BOGUS)


@scenario(requests=4, first=True)
def no_key(gateway: Gateway) -> Steps:
    """Ask each endpoint without a key."""
    yield from _endpoints(gateway, Auth.NONE)


@scenario(tier="smoke")
def words(gateway: Gateway) -> Steps:
    """Ask for one word, without any tool."""
    yield responses(gateway, WORD)


@scenario(tier="smoke")
def words_streamed(gateway: Gateway) -> Steps:
    """Ask for one word as a stream."""
    yield responses(gateway, WORD, stream=True)


@scenario(images=1, tier="smoke")
def red_square_stream(gateway: Gateway) -> Steps:
    """Draw the cheapest picture as a stream, with no option that the documents do not show."""
    yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway)], stream=True, buys=1)


@scenario(images=1)
def red_square_plain(gateway: Gateway) -> Steps:
    """Draw the cheapest picture without a stream, whatever the documents recommend."""
    yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway)], stream=OMIT, buys=1)


def _with_options(gateway: Gateway, options: dict[str, Json]) -> Steps:
    """Draw a picture with several options at once; leave out the option that is refused, and try again."""
    left = dict(options)
    while left:
        exchange: Exchange = yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway, **left)], buys=1)
        if not exchange.is_refusal or exchange.status in ABSENT:
            return
        named = option_named(exchange, left)
        if not named:
            break
        del left[named]
    for name, value in left.items():
        alone = {name: value}
        yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway, **alone)], buys=1, note=f"{name} alone")


def option_named(exchange: Exchange, options: dict[str, Json]) -> str:
    """Return the option that a refusal is about; empty where it names none."""
    error = exchange.error
    if error is None:
        return ""
    last = (error.param or "").rpartition(".")[2]
    quoted = (name for name in options if f"'{name}'" in error.message or f".{name}'" in error.message)
    return last if last in options else next(quoted, "")


@scenario(images=(Buy(1, "1536x1024", "high"),))
def wide_jpeg(gateway: Gateway) -> Steps:
    """Draw a wide JPEG in high quality, with moderation low and the action generate."""
    yield from _with_options(
        gateway,
        {
            "size": "1536x1024",
            "quality": "high",
            "output_format": "jpeg",
            "moderation": "low",
            "action": "generate",
        },
    )


@scenario(images=(Buy(1, "1024x1536", "medium"),))
def tall_webp(gateway: Gateway) -> Steps:
    """Draw a tall WebP in medium quality on an opaque background, the image model named in the tool."""
    yield from _with_options(
        gateway,
        {
            "size": "1024x1536",
            "quality": "medium",
            "output_format": "webp",
            "background": "opaque",
            "moderation": "auto",
            "model": gateway.models.image,
        },
    )


def asks_for_picture(exchange: Exchange) -> bool:
    """Return whether an exchange asked the image tool for a picture that was to be billed."""
    over_http = exchange.request.transport is Transport.HTTP
    return over_http and bool(image_tool_in(exchange.request.json)) and exchange.request.images > 0


TOOL_PICTURES: Final = Selection(
    "every picture that the image tool was asked for", (red_square_stream, wide_jpeg, tall_webp), asks_for_picture
)
"""What the image tool drew in any scenario, with any options."""
