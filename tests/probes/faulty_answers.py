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
    Row("models_are_listed", answering([]), MALFORMED, kind="models.list_wrong"),
    Row("models_are_listed", answering({"models": []}), MALFORMED, kind="models.list_wrong"),
    Row("models_are_listed", answering({"object": "list", "data": []}), IGNORED, kind="models.list_wrong"),
    Row("models_are_listed", everywhere("id", REMOVED), MALFORMED, kind="models.list_wrong"),
    Row("models_are_listed", _doubled, MALFORMED, kind="models.list_wrong"),
    Row("models_are_listed", _cut, MALFORMED, kind="answer.unreadable"),
    Row("models_are_listed", _ROUTE, REFUSED, kind="surface.absent"),
    Row("models_list_is_complete", everywhere("created", REMOVED), MALFORMED, kind="models.list_wrong"),
    Row("models_list_is_complete", everywhere("created", "2026"), MALFORMED, kind="models.list_wrong"),
    Row("models_list_is_complete", everywhere("object", "models"), MALFORMED, kind="models.list_wrong"),
    Row("models_list_is_complete", _as_text, MALFORMED, kind="answer.content_type"),
    Row("text_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-5.5", kind="models.list_wrong"),
    Row("image_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-image-2", kind="models.list_wrong"),
    Row("listed_model_is_found", only("", everywhere("id", "gpt-4")), MALFORMED, kind="models.list_wrong"),
    Row(
        "image_model_is_callable",
        refusing(404, "The model 'gpt-image-2' does not exist"),
        REFUSED,
        kind="surface.absent",
    ),
    Row("image_model_is_callable", NO_PICTURE, UNOBSERVED),  # responses.image.stream says what is wrong
    Row("image_model_is_callable", everywhere("result", "AAAA"), UNOBSERVED),
    Row("unknown_model_is_refused", WORDS, IGNORED, kind="models.wrong_accepted"),
    Row("unknown_model_is_refused", _ROUTE, REFUSED, kind="surface.absent"),
    Row("unknown_model_is_refused", refusing(307, "elsewhere"), REFUSED, kind="surface.redirected"),
    Row("image_model_is_no_text_model", WORDS, IGNORED, kind="models.wrong_accepted"),
    Row(
        "answering_model_is_the_one_asked",
        everywhere("model", "gpt-5.5-mini"),
        IGNORED,
        kind="models.substituted",
    ),
    Row("answering_model_is_the_one_asked", everywhere("model", None), IGNORED, kind="models.substituted"),
    Row("drawing_model_is_the_one_asked", everywhere("model", "gpt-image-1"), IGNORED, kind="models.substituted"),
)

AUTH = (
    Row("bogus_key_is_refused", WORDS, IGNORED, kind="auth.key_not_checked"),
    Row("bogus_key_is_refused", refusing(302, "log in first"), MALFORMED, kind="surface.redirected"),
    Row("bogus_key_is_refused_with_401", refusing(400, "Incorrect API key"), MALFORMED, kind="errors.status_wrong"),
    Row(
        "bogus_key_is_refused_with_401",
        answering({"detail": "Invalid API Key"}, 401),
        MALFORMED,
        kind="errors.no_envelope",
    ),
    Row("missing_key_is_refused", WORDS, IGNORED, kind="auth.key_not_checked"),
    Row(
        "missing_key_is_refused_with_401",
        answering({"error": "no key"}, 401),
        MALFORMED,
        kind="errors.no_envelope",
    ),
)

ROWS = (*MODELS, *AUTH)
