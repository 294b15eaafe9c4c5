"""Models: the list, a model of it, an unknown model, and whether the requested model is the one that answers."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from gateprobe.build import generations, models, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, entries, json_text
from gateprobe.gateway import Gateway
from gateprobe.judge.refusals import refusal
from gateprobe.message import Message, message
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Observed,
    Seen,
    Stance,
    Unobserved,
    honoured,
    ignored,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import image_tool_in
from gateprobe.scenario import Scenario, Steps, scenario

from .scenarios.images import cheap_picture
from .scenarios.responses import NO_SUCH_MODEL, WORD, models_list, red_square_stream, tall_webp, words
from .support.exchanges import EVERYTHING, clear
from .support.refused import all_refused, names

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")  # an id that needs no escape in a path


def _ids(exchange: Exchange) -> list[str]:
    """Return the ids of a models list; raises MalformedAnswerError where it is none."""
    return [name for entry in _entries(exchange) if isinstance(name := entry.get("id"), str)]


def _entries(exchange: Exchange) -> tuple[dict[str, Json], ...]:
    """Return the entries of a models list; raises MalformedAnswerError where it is none."""
    with exchange.placing_errors():
        return entries(exchange.json(), "models.list_wrong")


@scenario(requests=2)
def one_model(gateway: Gateway) -> Steps:
    """Ask for the list, then for one model of it: the image model, the text model, or the first."""
    answer: Exchange = yield models(gateway)
    listed = [name for name in _ids(answer) if _PLAIN_ID.fullmatch(name)] if answer.ok else []
    preferred = [name for name in (gateway.models.image, gateway.models.text) if name in listed] or listed[:1]
    yield models(gateway, preferred[0] if preferred else gateway.models.image)


@scenario(requests=3)
def unknown_model(gateway: Gateway) -> Steps:
    """Ask for a model that does not exist, in each place where a model can be named."""
    yield models(gateway, NO_SUCH_MODEL).with_(note="an invented model at GET /models/{id}")
    yield responses(gateway, WORD, model=NO_SUCH_MODEL, note="an invented model at POST /responses")
    yield generations(gateway, model=NO_SUCH_MODEL, note="an invented model at POST /images/generations")


@scenario()
def image_model_as_text(gateway: Gateway) -> Steps:
    """Ask the Responses API for one word with the image model as its model."""
    yield responses(gateway, WORD, model=gateway.models.image, note="the image model as `model` of POST /responses")


@probe("models.list", needs=models_list)
def models_are_listed(evidence: Evidence, claim: Claim) -> Finding:
    """GET /models answers with a list of models, each with an id of its own."""
    exchange = evidence.last
    total, ids = len(_entries(exchange)), _ids(exchange)
    if len(ids) < total:
        return malformed(
            "models.list_wrong", "{number} of {total} models have no id", number=total - len(ids), total=total
        ).at(exchange.place)
    repeated = [name for name, times in Counter(ids).items() if times > 1]
    if repeated:
        return malformed(
            "models.list_wrong",
            "{number} ids are in the list more than once, such as {id!q}",
            number=len(repeated),
            id=repeated[0],
        ).at(exchange.place)
    if not ids:
        return ignored("models.list_wrong", "the list of models is empty").at(exchange.place)
    return honoured("models listed: {total}", total=total)


@probe("models.list", needs=models_list, level="should")
def models_list_is_complete(evidence: Evidence, claim: Claim) -> Finding:
    """The models list is a JSON list object, and each model has its type, creation time and owner."""
    exchange = evidence.last
    if exchange.content_type != "application/json":
        return malformed(
            "answer.content_type",
            "the content type is {content_type!q}, expected application/json",
            content_type=exchange.content_type,
        ).at(exchange.place)
    kind = at(evidence.json(), "object")
    if kind != "list":
        return malformed("models.list_wrong", '`object` is {value}, expected "list"', value=json_text(kind, 40)).at(
            exchange.place
        )
    models = _entries(exchange)
    if not models:
        return nothing_to_judge("the list of models is empty").at(exchange.place)
    for index, entry in enumerate(models):
        valid = {
            "object": entry.get("object") == "model",
            "created": isinstance(entry.get("created"), int | float) and not isinstance(entry.get("created"), bool),
            "owned_by": isinstance(entry.get("owned_by"), str),
        }
        if wrong := tuple(name for name, is_valid in valid.items() if not is_valid):
            return malformed("models.list_wrong", "data[{index}] lacks a valid {names}", index=index, names=wrong).at(
                exchange.place
            )
    return honoured("{number} of {number} entries have object, created and owned_by", number=len(models))


def _listed(evidence: Evidence, model: str) -> Finding:
    ids = _ids(evidence.last)
    if not ids:
        return nothing_to_judge("the list of models is empty").at(evidence.last.place)
    if model in ids:
        return honoured("{model} is one of {total} listed models", model=model, total=len(ids))
    return ignored(
        "models.list_wrong", "{model} is not among the {total} listed models", model=model, total=len(ids)
    ).at(evidence.last.place)


@probe("models.text_listed", needs=models_list, level="should", values=lambda gateway: (gateway.models.text,))
def text_model_is_listed(evidence: Evidence, claim: Claim, model: Json) -> Finding:
    """The text model is in the list."""
    return _listed(evidence, model)


@probe("models.image_listed", needs=models_list, level="should", values=lambda gateway: (gateway.models.image,))
def image_model_is_listed(evidence: Evidence, claim: Claim, model: Json) -> Finding:
    """The image model is in the list."""
    return _listed(evidence, model)


@probe("models.retrieve", needs=one_model, level="should")
def listed_model_is_found(evidence: Evidence, claim: Claim) -> Finding:
    """A model that is listed can be fetched by its id."""
    asked = evidence.last.request.path.rpartition("/")[2]
    with evidence.last.placing_errors():
        received = at(evidence.json(), "id")
    if received != asked:
        return malformed(
            "models.list_wrong",
            "asked for {asked}, received the id {received}",
            asked=asked,
            received=json_text(received),
        ).at(evidence.last.place)
    return honoured("GET /models/{asked} returns that model", asked=asked)


def _paid(exchange: Exchange) -> bool:
    return exchange.request.images > 0


def _of_an_option(exchange: Exchange) -> bool:
    """Return whether a refusal names a parameter other than `model`."""
    return exchange.error is not None and exchange.error.param not in (None, "", "model")


def _picture_of(exchange: Exchange) -> Message | None:
    """Return a phrase for the picture that an answer holds or links to; None where it does neither."""
    if exchange.pictures:
        picture = exchange.pictures[-1]
        return message("a {format} picture of {size}", format=picture.format, size=picture.size)
    if not exchange.request.of_images or exchange.is_stream:
        return None
    with exchange.placing_errors():
        linked = any(entry.get("url") for entry in entries(exchange.json()))
    return message("a link to a picture") if linked else None


def _some_picture(gateway: Gateway) -> tuple[Scenario, ...]:
    """Return the scenario that buys the picture that this gateway's documents offer."""
    offers = gateway.claim("responses.image.stream").stance is Stance.OFFERED
    return (red_square_stream if offers else cheap_picture,)


@probe(
    "models.listed_are_callable",
    needs=Selection(
        "every picture that was asked for", _some_picture, _paid, missing_reason=message("no picture was requested")
    ),
    accepts=EVERYTHING,
)
def image_model_is_callable(evidence: Evidence, claim: Claim) -> Finding:
    """The image model answers a real request."""
    exchanges = evidence.exchanges
    answered = [exchange for exchange in exchanges if exchange.ok and exchange.error is None]
    if not answered:
        return _refused(evidence, claim)
    broken: MalformedAnswerError | None = None
    for exchange in answered:
        try:
            picture = _picture_of(exchange)
        except MalformedAnswerError as error:
            broken = broken or error
            continue
        if picture is not None:
            return honoured("asked for a picture, received {picture}", picture=picture)
    if broken is not None:
        return Seen(Observed.MALFORMED, broken.message, broken.fault_kind, place=broken.place)
    return ignored(
        "image.missing", "none of {number} answers to a request for a picture holds one", number=len(answered)
    ).at(answered[0].place)


def _refused(evidence: Evidence, claim: Claim) -> Finding:
    """Return why no request for a picture was answered."""
    judged = [clear(exchange, claim) for exchange in evidence.exchanges]
    if obstacle := next((finding for finding in judged if isinstance(finding, Unobserved)), None):
        return obstacle  # a refusal beside an outage shows nothing about the model
    first = evidence[0]
    if all(_of_an_option(exchange) for exchange in evidence.exchanges):
        return nothing_to_judge("only options were refused, and no picture came; {answer}", answer=first.summary).at(
            first.place
        )
    return refusal(
        first,
        "none of {number} requests for a picture was answered; {answer}",
        number=len(evidence.exchanges),
    )


@probe("models.unknown_refused", needs=unknown_model, accepts=(REFUSAL,))
def unknown_model_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A model id that does not exist is refused, and no other model answers in its place."""
    return all_refused(evidence.exchanges, claim, NO_SUCH_MODEL, fault_kind="models.wrong_accepted")


@probe("models.image_model_as_text_refused", needs=image_model_as_text, level="should", accepts=(REFUSAL,))
def image_model_is_no_text_model(evidence: Evidence, claim: Claim) -> Finding:
    """The image model is refused where a text model belongs."""
    model = str(at(evidence.last.request.json, "model"))
    return all_refused(evidence.exchanges, claim, model, fault_kind="models.wrong_accepted")


@probe("models.echoed", needs=words)
def answering_model_is_the_one_asked(evidence: Evidence, claim: Claim) -> Finding:
    """The answer names the text model that was requested, or a dated snapshot of it."""
    asked = at(evidence.last.request.json, "model")
    named = at(evidence.last.response, "model")
    if names(named, asked):
        return honoured("asked for {asked}, {named!q} answered", asked=asked, named=named)
    return ignored(
        "models.substituted", "asked for {asked}, but {named} answered", asked=asked, named=json_text(named)
    ).at(evidence.last.place)


def _named_in_tool(exchange: Exchange) -> bool:
    return (
        "model" in image_tool_in(exchange.request.json) and exchange.ok and "model" in image_tool_in(exchange.response)
    )


@probe(
    "models.echoed",
    needs=Selection(
        "answers that name the image model in their tool",
        (red_square_stream, tall_webp),
        _named_in_tool,
        missing_reason=message("no answer names the model of its tool"),
    ),
    level="should",
)
def drawing_model_is_the_one_asked(evidence: Evidence, claim: Claim) -> Finding:
    """The tool in the answer names the image model that was requested, or a dated snapshot of it."""
    for exchange in evidence.exchanges:
        asked, named = image_tool_in(exchange.request.json).get("model"), image_tool_in(exchange.response).get("model")
        if asked is not None and named is not None and not names(named, asked):
            return ignored(
                "models.substituted",
                "asked the tool for {asked}, the answer names {named}",
                asked=asked,
                named=json_text(named),
            ).at(exchange.place)
    return honoured("{number} of {number} answers name the requested image model", number=len(evidence.exchanges))
