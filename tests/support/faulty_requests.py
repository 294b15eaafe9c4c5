"""Faulty answers to models, keys, request forms, state and turns."""

from __future__ import annotations

import orjson

from gateprobe.evidence import Exchange
from tests.support.evidence_builders import (
    REMOVED,
    answering,
    each,
    everywhere,
    refusing,
    with_body,
    with_json,
    with_messages,
)
from tests.support.faulty import IGNORED, MALFORMED, NO_PICTURE, OTHER_PICTURE, REFUSED, UNOBSERVED, WORDS, Row, only

_ROUTE = refusing(404, "Not Found")


def _doubled(exchange: Exchange) -> Exchange:
    body = orjson.loads(exchange.body)
    return with_json(exchange, {**body, "data": body["data"] * 2})


def _cut(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body[: len(exchange.body) // 2])


def _as_text(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body, content_type="text/plain")


def _no_error(exchange: Exchange) -> Exchange:
    return with_messages(exchange, [{"type": "response.created", "response": {"id": "resp_1", "output": []}}])


MODELS = (
    Row("models_are_listed", answering([]), MALFORMED),
    Row("models_are_listed", answering({"models": []}), MALFORMED),
    Row("models_are_listed", answering({"object": "list", "data": []}), IGNORED),
    Row("models_are_listed", everywhere("id", REMOVED), MALFORMED),
    Row("models_are_listed", _doubled, MALFORMED),
    Row("models_are_listed", _cut, MALFORMED),
    Row("models_are_listed", _ROUTE, REFUSED),
    Row("models_list_is_complete", everywhere("created", REMOVED), MALFORMED),
    Row("models_list_is_complete", everywhere("created", "2026"), MALFORMED),
    Row("models_list_is_complete", everywhere("object", "models"), MALFORMED),
    Row("models_list_is_complete", _as_text, MALFORMED),
    Row("text_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-5.5"),
    Row("image_model_is_listed", everywhere("id", "gpt-4"), IGNORED, "gpt-image-2"),
    Row("listed_model_is_found", only("", everywhere("id", "gpt-4")), MALFORMED),
    Row("image_model_is_callable", refusing(404, "The model 'gpt-image-2' does not exist"), REFUSED),
    Row("image_model_is_callable", NO_PICTURE, UNOBSERVED),  # responses.image.stream says what is wrong
    Row("image_model_is_callable", everywhere("result", "AAAA"), UNOBSERVED),
    Row("cut_answer_says_so", everywhere("status", "completed"), IGNORED),
    Row("cut_answer_says_so", everywhere("reason", "content_filter"), MALFORMED),
    Row("cut_answer_says_so", refusing(400, "Unsupported parameter: 'max_output_tokens'"), UNOBSERVED),
    Row("unknown_model_is_refused", WORDS, IGNORED),
    Row("unknown_model_is_refused", _ROUTE, REFUSED),
    Row("image_model_is_no_text_model", WORDS, IGNORED),
    Row("answering_model_is_the_one_asked", everywhere("model", "gpt-5.5-mini"), IGNORED),
    Row("answering_model_is_the_one_asked", everywhere("model", None), IGNORED),
    Row("drawing_model_is_the_one_asked", everywhere("model", "gpt-image-1"), IGNORED),
)

AUTH = (
    Row("bogus_key_is_refused", WORDS, IGNORED),
    Row("bogus_key_is_refused", refusing(302, "log in first"), MALFORMED),
    Row("bogus_key_is_refused_with_401", refusing(400, "Incorrect API key"), MALFORMED),
    Row("bogus_key_is_refused_with_401", answering({"detail": "Invalid API Key"}, 401), MALFORMED),
    Row("missing_key_is_refused", WORDS, IGNORED),
    Row("missing_key_is_refused_with_401", answering({"error": "no key"}, 401), MALFORMED),
)

FORMS = (
    Row("text_is_answered", everywhere("status", "incomplete"), MALFORMED),
    Row("text_is_answered", everywhere("text", ""), IGNORED),
    Row("text_is_answered", everywhere("output", None), MALFORMED),
    Row("text_is_answered", refusing(), REFUSED),
    Row("response_has_its_fields", everywhere("output", None), MALFORMED),
    Row("response_has_its_fields", _cut, MALFORMED),
    Row("response_is_whole", everywhere("total_tokens", 1), MALFORMED),
    Row("usual_fields_are_accepted", refusing(400, "Unknown parameter: 'metadata'."), REFUSED),
    Row("text_is_streamed", WORDS, IGNORED),
    Row("text_is_streamed", everywhere("status", "in_progress"), MALFORMED),
    Row("input_may_be_a_string", refusing(400, "Input must be a list"), REFUSED),
    Row("input_may_be_a_list", refusing(400, "Input must be a string"), REFUSED),
    Row("instructions_may_be_missing", refusing(400, "Instructions are required"), REFUSED),
    Row("unknown_parameter_is_refused", WORDS, IGNORED),
    Row("unknown_parameter_is_refused", refusing(400, "Bad request"), MALFORMED),
    Row("unknown_parameter_is_refused", _ROUTE, REFUSED),
)

STATE = (
    Row("previous_response_is_continued", only("by response id", NO_PICTURE), IGNORED),
    Row("previous_response_is_continued", only("by response id", OTHER_PICTURE), IGNORED),
    Row("previous_response_is_continued", only("by response id", refusing(400, "HTTP is not supported")), REFUSED),
    Row("picture_is_found_by_id", only("by picture id", OTHER_PICTURE), IGNORED),
    Row("picture_is_found_by_id", only("by picture id", refusing(404, "Item not found")), REFUSED),
    Row("short_picture_item_is_accepted", only("by short item", refusing()), REFUSED),
    Row("whole_picture_item_is_accepted", only("by history", refusing()), REFUSED),
    Row("history_can_be_replayed", only("by history", refusing()), REFUSED),
    Row("history_can_be_replayed", only("by history", OTHER_PICTURE), IGNORED),
    Row("bogus_response_is_refused", WORDS, IGNORED),
    Row("bogus_response_is_refused", _ROUTE, REFUSED),
    Row("stored_response_is_found", only("fetch", everywhere("id", "resp_other")), MALFORMED),
    Row("stored_response_is_found", only("fetch", _ROUTE), REFUSED),
    Row("unstored_response_is_not_found", only("fetch unstored", WORDS), IGNORED),
    Row("deleted_response_is_not_found", only("fetch deleted", WORDS), IGNORED),
    Row("websocket_response_is_continued", only("by response id", OTHER_PICTURE), IGNORED),
    Row("websocket_picture_arrives", _ROUTE, REFUSED),
    Row("websocket_picture_arrives", everywhere("output", []), IGNORED),
    Row("websocket_events_keep_the_rules", everywhere("output_index", REMOVED), MALFORMED),
    Row("websocket_bogus_response_is_refused", only("invented response id", _no_error), IGNORED),
    Row("websocket_unknown_message_is_refused", each(lambda message: message.update(type="oops")), MALFORMED),
)

ROWS = (*MODELS, *AUTH, *FORMS, *STATE)
