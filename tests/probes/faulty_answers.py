"""Faulty answers about models and keys."""

from __future__ import annotations

import orjson

from gateprobe.evidence import Exchange
from tests.support.evidence.evidence_builders import (
    REMOVED,
    answering,
    everywhere,
    refusing,
    with_body,
    with_json,
)
from tests.support.evidence.faulty import IGNORED, MALFORMED, NO_PICTURE, REFUSED, UNOBSERVED, WORDS, Row, only

_ROUTE = refusing(404, "Not Found")


def _doubled(exchange: Exchange) -> Exchange:
    body = orjson.loads(exchange.body)
    return with_json(exchange, {**body, "data": body["data"] * 2})


def _cut(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body[: len(exchange.body) // 2])


def _as_text(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body, content_type="text/plain")


MODELS = (
    Row("models_are_listed", answering([]), MALFORMED, fault="models.list_wrong"),
    Row("models_are_listed", answering({"models": []}), MALFORMED, fault="models.list_wrong"),
    Row("models_are_listed", answering({"object": "list", "data": []}), IGNORED, fault="models.list_wrong"),
    Row("models_are_listed", everywhere("id", REMOVED), MALFORMED, fault="models.list_wrong"),
    Row("models_are_listed", _doubled, MALFORMED, fault="models.list_wrong"),
    Row("models_are_listed", _cut, MALFORMED, fault="answer.unreadable"),
    Row("models_are_listed", _ROUTE, REFUSED, fault="surface.absent"),
    Row("models_list_is_complete", everywhere("created", REMOVED), MALFORMED, fault="models.list_wrong"),
    Row("models_list_is_complete", everywhere("created", "2026"), MALFORMED, fault="models.list_wrong"),
    Row("models_list_is_complete", everywhere("object", "models"), MALFORMED, fault="models.list_wrong"),
    Row("models_list_is_complete", _as_text, MALFORMED, fault="answer.content_type"),
    Row("text_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-5.5", fault="models.list_wrong"),
    Row("image_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-image-2", fault="models.list_wrong"),
    Row("listed_model_is_found", only("", everywhere("id", "gpt-4")), MALFORMED, fault="models.list_wrong"),
    Row(
        "image_model_is_callable",
        refusing(404, "The model 'gpt-image-2' does not exist"),
        REFUSED,
        fault="surface.absent",
    ),
    Row("image_model_is_callable", NO_PICTURE, UNOBSERVED),  # responses.image.stream says what is wrong
    Row("image_model_is_callable", everywhere("result", "AAAA"), UNOBSERVED),
    Row("unknown_model_is_refused", WORDS, IGNORED, fault="models.wrong_accepted"),
    Row("unknown_model_is_refused", _ROUTE, REFUSED, fault="surface.absent"),
    Row("image_model_is_no_text_model", WORDS, IGNORED, fault="models.wrong_accepted"),
    Row("answering_model_is_the_one_asked", everywhere("model", "gpt-5.5-mini"), IGNORED, fault="models.substituted"),
    Row("answering_model_is_the_one_asked", everywhere("model", None), IGNORED, fault="models.substituted"),
    Row("drawing_model_is_the_one_asked", everywhere("model", "gpt-image-1"), IGNORED, fault="models.substituted"),
)

AUTH = (
    Row("bogus_key_is_refused", WORDS, IGNORED, fault="auth.key_not_checked"),
    Row("bogus_key_is_refused", refusing(302, "log in first"), MALFORMED, fault="surface.redirected"),
    Row("bogus_key_is_refused_with_401", refusing(400, "Incorrect API key"), MALFORMED, fault="errors.status_wrong"),
    Row(
        "bogus_key_is_refused_with_401",
        answering({"detail": "Invalid API Key"}, 401),
        MALFORMED,
        fault="errors.no_envelope",
    ),
    Row("missing_key_is_refused", WORDS, IGNORED, fault="auth.key_not_checked"),
    Row("missing_key_is_refused_with_401", answering({"error": "no key"}, 401), MALFORMED, fault="errors.no_envelope"),
)

ROWS = (*MODELS, *AUTH)
