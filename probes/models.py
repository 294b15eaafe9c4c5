"""Models: the list, one of it, what is not in it, and whether the one that answers is the one that was asked."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from gateprobe.build import generations, models, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, entries
from gateprobe.gateway import Gateway
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Stance,
    Unobserved,
    honoured,
    ignored,
    malformed,
    refused,
    unobserved,
)
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.scenario import Scenario, Steps, scenario

from .scenarios.images import cheap_picture
from .scenarios.responses import NO_SUCH_MODEL, WORD, models_list, red_square_stream, tall_webp, words
from .support.exchanges import EVERYTHING, all_refused, clear, names, quoted, tool_of

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")  # what can stand in a path as it is


def _ids(exchange: Exchange) -> list[str]:
    """Give the ids of a models list; raises MalformedAnswerError where it is none."""
    return [name for entry in entries(exchange.json()) if isinstance(name := entry.get("id"), str)]


@scenario(requests=2)
def one_model(gateway: Gateway) -> Steps:
    """Ask for the list, then for one model of it: the image model, the text model, or the first."""
    listed: Exchange = yield models(gateway)
    known = [name for name in _ids(listed) if _PLAIN_ID.fullmatch(name)] if listed.ok else []
    wanted = [name for name in (gateway.models.image, gateway.models.text) if name in known] or known[:1]
    yield models(gateway, wanted[0] if wanted else gateway.models.image)


@scenario(requests=3)
def unknown_model(gateway: Gateway) -> Steps:
    """Ask for a model that does not exist, in each place where a model can be named."""
    yield models(gateway, NO_SUCH_MODEL).with_(note="GET /models/{id}")
    yield responses(gateway, WORD, model=NO_SUCH_MODEL, note="POST /responses")
    yield generations(gateway, model=NO_SUCH_MODEL, note="POST /images/generations")


@scenario()
def image_model_as_text(gateway: Gateway) -> Steps:
    """Ask the Responses API for one word with the image model as its model."""
    yield responses(gateway, WORD, model=gateway.models.image, note="the image model as `model` of /responses")


@probe("models.list", needs=models_list)
def models_are_listed(evidence: Evidence, claim: Claim) -> Finding:
    """GET /models answers with a list of models, each with an id of its own."""
    listed = entries(evidence.json())
    ids = _ids(evidence.last)
    if len(ids) < len(listed):
        return malformed(f"{len(listed) - len(ids)} of {len(listed)} models have no id")
    twice = [name for name, times in Counter(ids).items() if times > 1]
    if twice:
        return malformed(f"{len(twice)} ids stand in the list more than once, {quoted(twice[0])} for one")
    return honoured(f"{len(ids)} models are listed") if ids else ignored("the list of models is empty")


@probe("models.list", needs=models_list, level="should")
def models_list_is_complete(evidence: Evidence, claim: Claim) -> Finding:
    """The models list is a JSON list object, and each model says what it is, since when and whose."""
    if evidence.last.content_type != "application/json":
        return malformed(f"the content type is {quoted(evidence.last.content_type)}, not application/json")
    body = evidence.json()
    if at(body, "object") != "list":
        return malformed(f"`object` is {at(body, 'object')!r:.40}, not 'list'")
    for number, entry in enumerate(entries(body)):
        fits = {
            "object": entry.get("object") == "model",
            "created": isinstance(entry.get("created"), int) and not isinstance(entry.get("created"), bool),
            "owned_by": isinstance(entry.get("owned_by"), str),
        }
        if wrong := [name for name, right in fits.items() if not right]:
            return malformed(f"data[{number}] has no proper {', '.join(wrong)}")
    return honoured(f"{len(entries(body))} entries have object, created and owned_by")


def _listed(evidence: Evidence, model: str) -> Finding:
    ids = _ids(evidence.last)
    if model in ids:
        return honoured(f"{model} is one of {len(ids)} listed models")
    return ignored(f"{model} is not among the {len(ids)} listed models")


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
    """A model that is listed can be asked for by its id."""
    asked = evidence.last.request.path.rpartition("/")[2]
    got = at(evidence.json(), "id")
    if got != asked:
        return malformed(f"asked for {asked}, received the id {got!r:.80}")
    return honoured(f"GET /models/{asked} gives that model")


def _paid(exchange: Exchange) -> bool:
    return exchange.request.images > 0


def _of_an_option(exchange: Exchange) -> bool:
    """Say whether a refusal names a parameter, and not that of the model."""
    return exchange.error is not None and exchange.error.param not in (None, "", "model")


def _picture_of(exchange: Exchange) -> str:
    """Say what picture an answer holds, or that it links to one; empty where it does neither."""
    if exchange.pictures:
        return f"a {exchange.pictures[-1].format} picture of {exchange.pictures[-1].size}"
    if exchange.request.of_images and not exchange.is_stream:
        return "a link to a picture" if any(entry.get("url") for entry in entries(exchange.json())) else ""
    return ""


def _some_picture(gateway: Gateway) -> tuple[Scenario, ...]:
    """Give the scenario that buys the one picture which this gateway's documents offer."""
    offers = gateway.claim("responses.image.stream").stance is Stance.OFFERED
    return (red_square_stream if offers else cheap_picture,)


@probe(
    "models.listed_are_callable",
    needs=Selection("every picture that was asked for", _some_picture, _paid),
    accepts=EVERYTHING,
)
def image_model_is_callable(evidence: Evidence, claim: Claim) -> Finding:
    """The image model answers a real request."""
    answered = [exchange for exchange in evidence.exchanges if exchange.ok and exchange.error is None]
    looked = [clear(exchange, claim) for exchange in evidence.exchanges]
    stopped = [one for one in looked if isinstance(one, Unobserved)]
    if not answered and stopped:
        return stopped[0]  # a refusal beside an outage says nothing of the model
    if not answered and all(_of_an_option(exchange) for exchange in evidence.exchanges):
        return unobserved(Cause.PREREQUISITE, f"only options were refused, and no picture came; {evidence[0].summary}")
    if not answered:
        return refused(f"none of {len(evidence.exchanges)} requests for a picture was answered; {evidence[0].summary}")
    wrong = ""
    for exchange in answered:
        try:
            found = _picture_of(exchange)
        except MalformedAnswerError as reason:
            wrong = wrong or str(reason)
            continue
        if found:
            return honoured(f"asked for a picture, {found} came")
    return malformed(wrong) if wrong else ignored(f"{len(answered)} requests for a picture were answered without one")


@probe("models.unknown_refused", needs=unknown_model, accepts=(REFUSAL,))
def unknown_model_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A model id that does not exist is refused, and no other model answers in its place."""
    return all_refused(evidence.exchanges, claim, NO_SUCH_MODEL)


@probe("models.image_model_as_text_refused", needs=image_model_as_text, level="should", accepts=(REFUSAL,))
def image_model_is_no_text_model(evidence: Evidence, claim: Claim) -> Finding:
    """The image model is refused where a text model belongs."""
    return all_refused(evidence.exchanges, claim, str(at(evidence.last.request.json, "model")))


@probe("models.echoed", needs=words)
def answering_model_is_the_one_asked(evidence: Evidence, claim: Claim) -> Finding:
    """The answer names the text model that was asked for, or a dated snapshot of it."""
    asked = at(evidence.last.request.json, "model")
    named = at(evidence.last.response, "model")
    if names(named, asked):
        return honoured(f"asked for {asked}, {quoted(named)} answered")
    return ignored(f"asked for {asked}, but {named!r:.80} answered")


def _named_in_tool(exchange: Exchange) -> bool:
    return "model" in tool_of(exchange.request.json) and exchange.ok and "model" in tool_of(exchange.response)


@probe(
    "models.echoed",
    needs=Selection("answers that name the image model in their tool", (red_square_stream, tall_webp), _named_in_tool),
    level="should",
)
def drawing_model_is_the_one_asked(evidence: Evidence, claim: Claim) -> Finding:
    """The tool in the answer names the image model that was asked for, or a dated snapshot of it."""
    for exchange in evidence.exchanges:
        asked, named = tool_of(exchange.request.json).get("model"), tool_of(exchange.response).get("model")
        if asked is not None and named is not None and not names(named, asked):
            return ignored(f"asked the tool for {asked}, the answer names {named!r:.80}")
    return honoured(f"{len(evidence.exchanges)} answers name the image model as it was asked for")
