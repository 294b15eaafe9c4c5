"""What is sent to the Images endpoints for new pictures: free refusals first, then as few pictures as possible.

If a gateway answers with a link, the scenario fetches it without a key, so that every probe has its picture.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from gateprobe.build import OMIT, RED_SQUARE, generations, square_prompt
from gateprobe.evidence import POLLED, Exchange, Task, poll_paths, task_of
from gateprobe.gateway import Gateway
from gateprobe.model import Stance
from gateprobe.request import Auth, Buy, Request, Together
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..support.links import HOPS, redirect_of, to_fetch

NOISE: Final = Phrase(
    "Draw colourful TV static: random noise from edge to edge.",
    "{Draw|Paint|Please draw|Please paint} {colourful|bright|vivid|loud|dense|fine|rich} TV static: random"
    " {|coloured |many-coloured |bright }noise {from edge to edge|edge to edge|from edge to edge, without a frame}"
    "{.|!|, and nothing else.|, everywhere.|, all over.}",
)
"""A picture that does not compress: its event is large, and the level of compression shows."""

UNICODE: Final = Phrase(
    '画一个"红色"的正方形,白色背景 🟥\n不要文字,只要"一个"正方形。',
    '{画|请画|画出|请画出|帮我画}一个"{figure:han}色"的正方形,{白色背景|白色的背景|纯白色背景} {figure:sign}'
    '\n{不要文字|没有文字|无文字},{只要|只画|就画}"一个"正方形{。|,谢谢。|！}',  # noqa: RUF001 - Chinese punctuation
)
"""A Chinese prompt with double quotes, an emoji and a newline (the ofox document tells how quotes broke it)."""

LONGEST: Final = 4000
"""The characters of a long prompt."""

POLICY: Final = Phrase(
    "A photorealistic picture of a nude person.",
    "{A|Make a|Draw a|Give me a} {photorealistic|realistic|lifelike|true-to-life} {picture|photo|image|portrait}"
    " of a nude {person|woman|man|adult}{.| on a beach.| by a lake.| at a window.| on a sofa.| in a garden.}",
)
"""A prompt that OpenAI's safety system blocks: sent in the deep tier only, since it may count against an account."""

PARALLEL: Final = 8
PARALLEL_COLOURS: Final = ("red", "blue")
_IN_COLOUR: Final = {
    colour: square_prompt(RED_SQUARE.replace("red", colour), colour, "white") for colour in PARALLEL_COLOURS
}
HOUR: Final = 3600.0

GIVEN: Final = "the link that was given"
"""The note of a request that fetches the link in an answer."""

EXPIRED: Final = "the link after its time"
"""The note of a request that fetches a link again after it should have expired."""

BARE: Final = (Buy(1, "1024x1024", "high"),)
"""What a picture of `auto` quality may cost: `auto` was answered with `high` (recorded, 2026)."""

OUTAGES: Final = (502, 503, 504, 520, 521, 522, 523, 524)
"""Statuses that a proxy sends in an outage, whatever was asked."""

REPEATS: Final = 3
"""How often an option must fail with such a status before the option is blamed."""

Drawn = Generator[Request | Together, Exchange, Exchange]


def drawn(request: Request) -> Drawn:
    """Send a request, fetch what the answer links to, and return the answer."""
    answer = yield request
    for link in to_fetch(answer):
        yield from fetched(link, GIVEN)
    if (task := task_of(answer)) is not None:
        yield from _polled(answer, task)
    return answer


def _polled(answer: Exchange, task: Task) -> Generator[Request, Exchange, None]:
    """Look for the place where a task can be polled, which costs nothing."""
    for path in poll_paths(answer, task):
        asked = replace(answer.request, method="GET", path=path, body=None, buys=(), streams=False, note=POLLED)
        polled = yield asked
        if polled.ok and polled.content_type == "application/json":
            return


def fetched(link: str, note: str) -> Generator[Request, Exchange, None]:
    """Fetch a link; each of its redirects is a request of its own."""
    seen: set[str] = set()
    while link and link not in seen and len(seen) <= HOPS:
        seen.add(link)
        answer = yield Request("GET", link, auth=Auth.NONE, note=note)
        link = redirect_of(answer)


@scenario(images=1, tier="smoke")
def cheap_picture(gateway: Gateway) -> Steps:
    """Draw the cheapest picture: a square of one colour, low quality, 1024x1024."""
    yield from drawn(generations(gateway, buys=1))


@scenario(images=BARE)
def bare_picture(gateway: Gateway) -> Steps:
    """Draw with a prompt and a model alone."""
    yield from drawn(generations(gateway, quality=OMIT, size=OMIT, buys=BARE))


@scenario(images=lambda number: number)
def several_pictures(gateway: Gateway, number: int) -> Steps:
    """Draw several pictures by `n`."""
    yield from drawn(generations(gateway, n=number, buys=number))


@scenario(images=lambda number: number, tier="deep")
def most_pictures(gateway: Gateway, number: int) -> Steps:
    """Draw as many pictures by `n` as are documented."""
    yield from drawn(generations(gateway, n=number, buys=number))


@scenario()
def number_refused(gateway: Gateway, number: int) -> Steps:
    """Ask for a number of pictures that is out of range."""
    yield from drawn(generations(gateway, n=number))


@scenario(images=lambda _: 1)
def picture_of_format(gateway: Gateway, output_format: str) -> Steps:
    """Draw a picture in a format other than PNG."""
    yield from drawn(generations(gateway, output_format=output_format, buys=1))


@scenario(images=2, requests=2, tier="deep")
def compressed_pictures(gateway: Gateway, output_format: str) -> Steps:
    """Draw noise twice, at compression levels 10 and 90."""
    for level in (10, 90):
        request = generations(gateway, NOISE, output_format=output_format, output_compression=level, buys=1)
        yield from drawn(request.with_(note=f"level {level}"))


@scenario(requests=2)
def compression_refused(gateway: Gateway) -> Steps:
    """Ask for levels of compression that are out of range."""
    for level in (101, -1):
        yield from drawn(generations(gateway, output_format="jpeg", output_compression=level))


@scenario(images=lambda quality: (Buy(1, "1024x1024", "high" if quality == "auto" else quality),), tier="deep")
def picture_of_quality(gateway: Gateway, quality: str) -> Steps:
    """Draw a picture of a quality that costs more."""
    buys = (Buy(1, "1024x1024", "high" if quality == "auto" else quality),)
    yield from drawn(generations(gateway, quality=quality, buys=buys))


@scenario(images=(Buy(1, "1024x1024", "medium"),))
def options_together(gateway: Gateway) -> Steps:
    """Ask for a Chinese prompt, medium quality and low moderation at once; each alone only where that fails.

    What fails alone as an outage would, while others are answered, is asked once more.
    """
    together = generations(gateway, UNICODE, quality="medium", moderation="low", buys=1, note="all at once")
    answer = yield from drawn(together)
    if answer.ok:
        return
    alone = (
        generations(gateway, UNICODE, buys=1, note="the prompt alone"),
        generations(gateway, quality="medium", buys=1, note="the quality alone"),
        generations(gateway, moderation="low", buys=1, note="the moderation alone"),
    )
    failed: list[Request] = []
    for request in alone:
        answer = yield from drawn(request)
        if answer.status in OUTAGES:
            failed.append(request)
    for request in failed if len(failed) < len(alone) else ():
        yield from drawn(request)  # the third request with this option; no outage chooses it three times


@scenario()
def transparent_background(gateway: Gateway) -> Steps:
    """Ask for a transparent background."""
    yield from drawn(generations(gateway, background="transparent", output_format="png"))


@scenario(images=1)
def streamed_picture(gateway: Gateway) -> Steps:
    """Draw a picture as a stream, without partial pictures."""
    yield generations(gateway, stream=True, buys=1)


@scenario(images=lambda _: 1)
def streamed_partials(gateway: Gateway, most: int) -> Steps:
    """Draw a picture as a stream with partial pictures."""
    yield generations(gateway, stream=True, partial_images=most, buys=1)


@scenario(images=lambda _: 1, tier="deep")
def fewer_partials(gateway: Gateway, most: int) -> Steps:
    """Draw a picture as a stream with fewer partial pictures."""
    yield generations(gateway, stream=True, partial_images=most, buys=1)


@scenario(images=1, tier="deep")
def long_prompt(gateway: Gateway) -> Steps:
    """Draw from a prompt of 4,000 characters whose last words state what to draw."""
    figure = RED_SQUARE.of(gateway.seed)
    style = "Keep it plain and flat. " * (LONGEST // 20)
    yield from drawn(generations(gateway, style[: LONGEST - len(figure) - 1] + " " + figure, buys=1))


@scenario(images=PARALLEL, requests=PARALLEL, tier="deep")
def parallel_pictures(gateway: Gateway) -> Steps:
    """Send eight simultaneous requests for pictures of two colours, and fetch their links."""
    embedded = gateway.claim("images.generate.response_format_b64").stance is Stance.OFFERED
    form = "b64_json" if embedded else OMIT
    colours = PARALLEL_COLOURS * (PARALLEL // len(PARALLEL_COLOURS))
    last = yield Together(
        tuple(generations(gateway, _IN_COLOUR[colour], response_format=form, buys=1, note=colour) for colour in colours)
    )
    for answer in last.together:
        for link in to_fetch(answer):
            yield from fetched(link, GIVEN)


DRAWN: Final = "drawn"
REFUSED: Final = "refused"


def as_documented(gateway: Gateway, capability: str) -> tuple[str]:
    """Return what a `response_format` is expected to bring: a picture where it is offered, else a free refusal."""
    return (DRAWN if gateway.claim(capability).stance is Stance.OFFERED else REFUSED,)


def cost(expected: str) -> int:
    """Return how many pictures a request buys, by what `as_documented` expects of it."""
    return 1 if expected == DRAWN else 0


@scenario(images=cost)
def picture_as_base64(gateway: Gateway, _expected: str) -> Steps:
    """Ask for `response_format: b64_json`."""
    yield from drawn(generations(gateway, response_format="b64_json", buys=1))


@scenario(images=cost, waits=True)
def picture_as_link(gateway: Gateway, _expected: str) -> Steps:
    """Ask for `response_format: url` and fetch the link; a run that is resumed after its time fetches it again."""
    answer = yield from drawn(generations(gateway, response_format="url", buys=1))
    documented = gateway.claim("images.generate.url_expires").values
    seconds = float(documented[0]) if documented else HOUR
    if age(answer) > seconds:
        for link in to_fetch(answer):
            yield from fetched(link, EXPIRED)


def age(exchange: Exchange) -> float:
    """Return the seconds since an exchange began; 0 where its time cannot be read."""
    try:
        start = datetime.fromisoformat(exchange.last.started_at)
    except ValueError:
        return 0.0
    return (datetime.now(UTC) - start).total_seconds() if start.tzinfo else 0.0
