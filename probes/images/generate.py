"""A picture from a prompt: whether it comes, how many, how soon."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import (
    Delivered,
    Evidence,
    Exchange,
    MalformedAnswerError,
    UnseenAnswerError,
    at,
    entries,
    json_text,
)
from gateprobe.gateway import Gateway
from gateprobe.image import Certainty, Picture, copies, same_picture
from gateprobe.message import message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Stance,
    hidden,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import REFUSAL, probe

from ..scenarios.images import (
    PARALLEL,
    bare_picture,
    cheap_picture,
    most_pictures,
    number_refused,
    parallel_pictures,
    several_pictures,
)
from ..scenarios.responses import red_square_stream
from ..support.api import ANYTHING, EVERY_ANSWER
from ..support.exchanges import sent_as_json
from ..support.figures import swapped
from ..support.images import answer, judged_refusal, number_of_pictures, pictures, posts
from ..support.links import links
from ..support.unobservable import unobservable

_OTHER: Final = {"red": "blue", "blue": "red"}

_SHOWN: Final = 30  # characters of a data URI that a sentence quotes

MOST: Final = 10
"""The most pictures of one request (OpenAI API reference)."""


@probe("images.generate", needs=cheap_picture)
def picture_comes(evidence: Evidence, _claim: Claim) -> Finding:
    """A request with a prompt, a model, a quality and a size is answered with a picture that decodes."""
    return _drawn(evidence)


@probe("images.generate", needs=bare_picture)
def picture_comes_for_a_bare_prompt(evidence: Evidence, _claim: Claim) -> Finding:
    """A request with nothing but a prompt and a model is answered with a picture that decodes."""
    return _drawn(evidence)


@probe("images.generate", needs=cheap_picture)
def picture_is_sent_as_json(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer with a picture is sent under a JSON content type."""
    return sent_as_json(answer(evidence))


def _drawn(evidence: Evidence) -> Finding:
    exchange = answer(evidence)
    received = pictures(evidence)
    if wrapped := next((entry for entry in entries(exchange.json()) if _is_data_uri(entry.get("b64_json"))), None):
        return malformed(
            "image.undecodable",
            "`b64_json` is a data URI ({start!q}), not plain base64",
            start=str(wrapped["b64_json"])[:_SHOWN],
        ).at(exchange.place)
    if not received:
        return ignored("image.missing", "HTTP {status}, but `data` holds no picture", status=exchange.status).at(
            exchange.place
        )
    first = received[0]
    return honoured(
        "received a {format} picture of {size}, {length:,} bytes",
        format=first.format,
        size=first.size,
        length=len(first.data),
    ).at(exchange.place)


def _is_data_uri(text: Json) -> bool:
    return isinstance(text, str) and text[:5].lower() == "data:"


@probe("images.generate", needs=cheap_picture, level="should")
def time_of_drawing_is_given(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer's `created` is the time of the request, in seconds."""
    exchange = answer(evidence)
    if isinstance(exchange, Delivered) and exchange.has_own_shape:
        return inapplicable("the result of the task {task} is not an object of the Images API", task=exchange.task)
    with exchange.placing_errors():
        created = at(exchange.json(), "created")
    if not isinstance(created, int | float) or isinstance(created, bool):
        return malformed("answer.fields", "`created` is {created}, not seconds", created=json_text(created, 40)).at(
            exchange.place
        )
    asked = exchange.last.started
    distance = abs(created - asked)
    if distance > 24 * 3600:
        return malformed(
            "answer.fields",
            "`created` is {created}, {hours:,.0f} hours away from the request",
            created=json_text(created, 40),
            hours=distance / 3600,
        ).at(exchange.place)
    return honoured(
        "`created` is {created}, {seconds:.0f} s away from the request",
        created=json_text(created, 40),
        seconds=distance,
    ).at(exchange.place)


@probe("images.generate.n", needs=several_pictures, values=(2,))
def n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """The response contains as many pictures as `n` asks for."""
    return _counted(evidence, asked)


def _documented_most(gateway: Gateway) -> int:
    claim = gateway.claim("images.generate.n")
    numbers = [value for value in claim.values if isinstance(value, int)]
    return max(numbers, default=MOST)


def _most(gateway: Gateway) -> tuple[int]:
    """Return the documented maximum; two where the documents do not offer more than one picture."""
    offered = gateway.claim("images.generate.n").stance is Stance.OFFERED
    return (_documented_most(gateway) if offered else 2,)


@probe("images.generate.n", needs=most_pictures, values=_most)
def most_of_n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """The response contains as many pictures as the documents allow in one request."""
    return _counted(evidence, asked)


@probe("images.generate.n", needs=several_pictures, values=(2,), level="should")
def pictures_of_n_differ(evidence: Evidence, claim: Claim, asked: int) -> Finding:
    """The pictures of one request differ from each other."""
    number = number_of_pictures(answer(evidence))
    if number < asked:
        place = answer(evidence).place
        few = message("asked for {asked} pictures to compare, received {number}", asked=asked, number=number)
        if claim.stance is Stance.OFFERED:
            return hidden(claim.capability, "{few}", few=few).at(place)
        return ignored("param.n_ignored", "{few}", few=few).at(place)
    received = pictures(evidence)
    number = len(received)
    repeated, unclear = copies(received)
    if repeated:
        finding = ignored(
            "param.n_ignored",
            "received {number} pictures, {copies} of them copies of another",
            number=number,
            copies=repeated,
        )
        return finding.at(answer(evidence).place)
    if unclear:
        return nothing_to_judge(
            "received {number} pictures that are too alike to decide whether they differ", number=number
        ).at(answer(evidence).place)
    return honoured("received {number} different pictures", number=number).at(answer(evidence).place)


def _counted(evidence: Evidence, asked: int) -> Finding:
    received, place = number_of_pictures(answer(evidence)), answer(evidence).place
    if received == asked:
        return honoured("asked for {asked} pictures, received {received}", asked=asked, received=received).at(place)
    return ignored(
        "param.n_ignored", "asked for {asked} pictures, received {received}", asked=asked, received=received
    ).at(place)


@probe(
    "images.generate.n_invalid_refused",
    needs=number_refused,
    level="should",
    values=lambda gateway: (0, -1, _documented_most(gateway) + 1),
    accepts=(REFUSAL,),
    documented=True,
)
def n_out_of_range_is_refused(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A number of pictures out of range is refused."""
    return judged_refusal(answer(evidence), message("n = {number}", number=asked), option="n")


@probe("images.generate.parallel", needs=parallel_pictures, level="should", accepts=(Cause.THROTTLED,))
def parallel_requests_are_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """Eight simultaneous requests are all answered with a picture, none with 429."""
    exchanges = posts(evidence)
    throttled = [exchange for exchange in exchanges if any(attempt.status == 429 for attempt in exchange.attempts)]
    if throttled:
        finding = refused(
            "request.throttled",
            "{number} of {total} simultaneous requests were answered with 429",
            number=len(throttled),
            total=PARALLEL,
        )
        return finding.at(throttled[0].place)
    empty = [exchange for exchange in exchanges if not exchange.pictures and not links(exchange)]
    drawn = len(exchanges) - len(empty)
    if drawn < PARALLEL:
        finding = ignored(
            "image.missing",
            "{number} of {total} simultaneous requests were answered with a picture",
            number=drawn,
            total=PARALLEL,
        )
        return finding.at(empty[0].place if empty else None)
    slowest = max(exchange.last.elapsed_ms for exchange in exchanges) / 1000
    return honoured(
        "{total} of {total} simultaneous requests were answered with a picture, the slowest in {seconds:.1f} s",
        total=PARALLEL,
        seconds=slowest,
    )


@probe("images.generate", needs=parallel_pictures)
def parallel_answers_are_not_mixed_up(evidence: Evidence, _claim: Claim) -> Finding:
    """Each of eight simultaneous requests is answered with its own picture, which its colour shows."""
    drawn: list[tuple[Exchange, Picture]] = []
    obstacle: MalformedAnswerError | UnseenAnswerError | None = None
    for exchange in posts(evidence):
        try:
            received = pictures(evidence, exchange) if exchange.ok and exchange.error is None else ()
        except (MalformedAnswerError, UnseenAnswerError) as error:
            obstacle = obstacle or error
        else:
            drawn += [(exchange, picture) for picture in received[:1]]
    alike = len(drawn) > 1 and all(same_picture(drawn[0][1], other) is Certainty.YES for _, other in drawn[1:])
    shown = [] if alike else [(exchange, _shows_another_colour(exchange, picture)) for exchange, picture in drawn]
    mixed = [exchange for exchange, other in shown if other is Certainty.YES]
    total = len(drawn)
    if mixed:
        return ignored(
            "image.wrong_content",
            "{number} of {total} answers hold another request's picture",
            number=len(mixed),
            total=total,
        ).at(mixed[0].place)
    if obstacle is not None:
        raise obstacle
    if not drawn:
        return nothing_to_judge("no answer holds a picture")
    if alike:
        return nothing_to_judge(
            "all {number} answers hold the same picture, so mixed-up pictures cannot be recognised", number=total
        )
    if unclear := sum(other is Certainty.UNCLEAR for _, other in shown):
        return nothing_to_judge(
            "{number} of {total} answers do not clearly show the colour that was asked for", number=unclear, total=total
        )
    return honoured("{total} of {total} answers hold their own picture", total=total)


def _shows_another_colour(exchange: Exchange, picture: Picture) -> Certainty:
    """Return whether a picture shows the other requests' colour instead of the one in the request's note."""
    colour = exchange.request.note
    return swapped(picture, colour, _OTHER[colour])


@probe("images.generate.failure_not_billed", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def failure_costs_nothing(_evidence: Evidence, claim: Claim) -> Finding:
    """A failed generation is not billed."""
    return unobservable(claim)


@probe("images.generate.duration", needs=cheap_picture, level="info")
def picture_comes_in_time(evidence: Evidence, claim: Claim) -> Finding:
    """A picture of low quality takes no longer than documented."""
    return _judged_time(evidence[0], _longest(claim, "generate"))


def _of_the_tool(gateway: Gateway) -> tuple[str, ...]:
    """Return the surface `responses` where a document says how long the image tool takes; else nothing."""
    rows = gateway.claim("images.generate.duration").values
    return tuple({"responses" for row in rows if isinstance(row, dict) and row.get("surface") == "responses"})


@probe("images.generate.duration", needs=red_square_stream, level="info", values=_of_the_tool)
def picture_of_the_tool_comes_in_time(evidence: Evidence, claim: Claim, surface: str) -> Finding:
    """A picture of low quality from the Responses API takes no longer than documented."""
    return _judged_time(evidence[0], _longest(claim, surface))


def _judged_time(exchange: Exchange, most: float | None) -> Finding:
    seconds = exchange.last.elapsed_ms / 1000
    took = message("{ms:.0f} ms", ms=seconds * 1000) if seconds < 1 else message("{seconds:.1f} s", seconds=seconds)
    if most is None:
        return inapplicable("the picture took {took}, and no document states a limit", took=took).at(exchange.place)
    if seconds > most:
        return ignored(
            "transport.slow", "the picture took {took}, the documents allow {most:g} s", took=took, most=most
        ).at(exchange.place)
    return honoured("the picture took {took}, the documents allow {most:g} s", took=took, most=most).at(exchange.place)


def _longest(claim: Claim, surface: str) -> float | None:
    """Return the documented maximum in seconds for the cheapest picture of a surface, from the most specific row."""
    wanted = {"surface": surface, "quality": "low", "size": "1024x1024"}
    fitting = [
        row
        for row in claim.values
        if isinstance(row, dict) and all(row.get(field, value) == value for field, value in wanted.items())
    ]
    if not fitting:
        return None
    return float(at(max(fitting, key=len), "seconds", 1))
