"""Faults of a relay, one at a time, each with the capability and the fault kind by which it must be found."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from tests.support.passing import changes, handling, more_faults
from tests.support.passing.relay import RelayFault

_P, _S = "relay.parameter_dropped", "relay.parameter_changed"
_LABELS, _L = "relay.labels", "relay.label_lost"
_GENERATIONS: Final = "relay.generations.parameters"
_RESPONSES: Final = "relay.responses.parameters"
_JSON_ERROR: Final = {"error": {"message": "upstream error", "type": "upstream_error", "param": None, "code": None}}

_ALL: Final = (
    RelayFault("drops_quality", _GENERATIONS, _P, request=changes.of_json(changes.lacking("quality"), "/generations")),
    RelayFault("drops_user", _LABELS, _L, request=changes.of_json(changes.lacking("user"), "/generations")),
    RelayFault(
        "drops_moderation", _GENERATIONS, _P, request=changes.of_json(changes.lacking("moderation"), "/generations")
    ),
    RelayFault("drops_metadata", _LABELS, _L, request=changes.of_json(changes.lacking("metadata"), "/responses")),
    RelayFault(
        "drops_identifier", _LABELS, _L, request=changes.of_json(changes.lacking("safety_identifier"), "/responses")
    ),
    RelayFault("drops_tool_option", _RESPONSES, _P, request=changes.of_json(changes.of_tools, "/responses")),
    RelayFault(
        "changes_size", _GENERATIONS, _S, request=changes.of_json(changes.adding(size="1536x1024"), "/generations")
    ),
    RelayFault(
        "changes_background",
        _GENERATIONS,
        _S,
        request=changes.of_json(
            lambda body: body | {"background": "auto"} if "background" in body else body, "/generations"
        ),
    ),
    RelayFault(
        "n_as_text",
        _GENERATIONS,
        _S,
        request=changes.of_json(lambda body: body | {"n": str(body["n"])} if "n" in body else body, "/generations"),
    ),
    RelayFault(
        "stores_nothing",
        _RESPONSES,
        _S,
        request=changes.of_json(lambda body: body | {"store": False} if body.get("store") else body, "/responses"),
    ),
    RelayFault(
        "edit_quality_changed",
        "relay.edits.parameters",
        _S,
        request=changes.of_form(rb'(name="quality"\r\n\r\n)low', rb"\1high"),
    ),
    RelayFault(
        "injects_user",
        "relay.nothing_added",
        "relay.injected",
        request=changes.of_json(lambda body: {"user": "relay", **body}, "/generations"),
    ),
    RelayFault(
        "injects_instructions",
        "relay.nothing_added",
        "relay.injected",
        request=changes.of_json(changes.adding(instructions="Be brief."), "/responses"),
    ),
    RelayFault("adds_words", "relay.prompt", "relay.prompt_changed", request=changes.of_json(changes.wordy)),
    RelayFault("trims_prompt", "relay.prompt", "relay.prompt_changed", request=changes.of_json(changes.trimmed)),
    RelayFault(
        "strips_prompt", "relay.prompt", "relay.prompt_changed", request=changes.of_json(changes.of_prompt(str.strip))
    ),
    RelayFault(
        "composes_accents",
        "relay.prompt",
        "relay.prompt_changed",
        request=changes.of_json(changes.of_prompt(lambda text: unicodedata.normalize("NFC", text))),
    ),
    RelayFault(
        "edit_prompt_changed",
        "relay.prompt",
        "relay.prompt_changed",
        request=changes.of_form(rb"Make the square blue", rb"Make the square a bit blue"),
    ),
    RelayFault(
        "cuts_prompt",
        "relay.prompt",
        "relay.prompt_changed",
        request=changes.of_json(changes.of_prompt(lambda text: text[:4000])),
    ),
    RelayFault("other_path", "relay.endpoint", "relay.translated", request=changes.to_path),
    RelayFault("spreads_models", "relay.model", "relay.model_changed", handle=handling.spreading),
    RelayFault(
        "renames_files",
        "relay.files",
        "relay.file_changed",
        request=changes.of_form(rb'filename="[^"]*"', rb'filename="upload.png"'),
    ),
    RelayFault(
        "retypes_files",
        "relay.files",
        "relay.file_changed",
        request=changes.of_form(rb"Content-Type: image/png", rb"Content-Type: application/octet-stream"),
    ),
    RelayFault("recodes_files", "relay.files", "relay.file_changed", request=changes.form_file),
    RelayFault("leaks_key", "relay.client_key", "relay.key_leaked", request=changes.leaking),
    RelayFault("keeps_edits", "relay.forwarded", "relay.not_forwarded", handle=handling.answering_itself),
    RelayFault("sends_twice", "relay.single_request", "relay.repeated", handle=handling.twice),
    RelayFault("retries_refusals", "relay.single_request", "relay.repeated", handle=handling.retrying),
    RelayFault("splits_n", "relay.n", "relay.split", handle=handling.splitting),
    RelayFault(
        "keeps_first_picture",
        "relay.n",
        "relay.picture_lost",
        answer=changes.of_answer(
            lambda _, body: (
                body | {"data": body["data"][:1]} if isinstance(body.get("data"), list) and "created" in body else body
            )
        ),
    ),
    RelayFault("caches", "relay.not_cached", "relay.cached", handle=handling.caching),
    RelayFault("caches_streams", "relay.not_cached", "relay.cached", handle=handling.caching_streams),
    RelayFault(
        "recodes_input_pictures",
        "relay.prompt",
        "relay.prompt_changed",
        request=changes.of_json(changes.recoded_inputs, "/responses"),
    ),
    RelayFault(
        "injects_form_field",
        "relay.nothing_added",
        "relay.injected",
        request=changes.of_form(
            rb"^(--[^\r]+)", rb'\1\r\nContent-Disposition: form-data; name="user"\r\n\r\nrelay\r\n\1'
        ),
    ),
    RelayFault("streams_refusals", "relay.status", "relay.status_changed", answer=changes.streamed_refusals),
    RelayFault("mixes_up", "relay.own_answer", "relay.mixed_up", handle=handling.mixing),
    RelayFault("one_by_one", "relay.parallel", "relay.serialised", handle=handling.one_by_one),
    RelayFault("two_at_once", "relay.parallel", "relay.serialised", handle=handling.two_at_once),
    RelayFault("refuses_a_third", "relay.parallel", "relay.limited", handle=handling.refusing_a_third),
    RelayFault("refuses_large_files", "relay.large_file", "relay.size_limited", handle=handling.refusing_large_files),
    RelayFault(
        "forgets_compression",
        "relay.compressed",
        "relay.encoding_lost",
        answer=changes.of_headers(changes.lacking("content-encoding")),
    ),
    RelayFault("unpacks_answers", "relay.compressed", "relay.encoding_lost", answer=changes.unpacked),
    RelayFault("refusals_as_500", "relay.status", "relay.refusal_masked", answer=changes.to_refusals(500)),
    RelayFault("refusals_as_200", "relay.status", "relay.status_changed", answer=changes.to_refusals(200)),
    RelayFault("refusals_as_422", "relay.status", "relay.status_changed", answer=changes.to_refusals(422)),
    RelayFault("own_error", "relay.errors", "relay.error_changed", answer=changes.to_refusals(400, _JSON_ERROR)),
    RelayFault(
        "drops_error_code",
        "relay.errors",
        "relay.error_changed",
        answer=changes.of_answer(changes.to_error_fields(code="error")),
    ),
    RelayFault(
        "drops_error_param",
        "relay.errors",
        "relay.error_changed",
        answer=changes.of_answer(changes.to_error_fields(param=None)),
    ),
    RelayFault(
        "pictures_as_jpeg",
        "relay.pictures",
        "relay.picture_changed",
        answer=changes.of_answer(changes.of_pictures(changes.as_jpeg)),
    ),
    RelayFault(
        "pictures_recoded",
        "relay.pictures",
        "relay.picture_changed",
        answer=changes.of_answer(changes.of_pictures(changes.as_png)),
    ),
    RelayFault(
        "drops_created",
        "relay.answer",
        "relay.answer_changed",
        answer=changes.of_answer(lambda _, body: changes.lacking("created")(body)),
    ),
    RelayFault(
        "drops_usage",
        "relay.usage",
        "relay.usage_changed",
        answer=changes.of_answer(lambda _, body: changes.lacking("usage")(body)),
    ),
    RelayFault(
        "doubles_usage",
        "relay.usage",
        "relay.usage_changed",
        answer=changes.of_answer(
            lambda _, body: (
                body | {"usage": body["usage"] | {"total_tokens": 2 * body["usage"]["total_tokens"]}}
                if isinstance(body.get("usage"), dict)
                else body
            )
        ),
    ),
    RelayFault("own_ids", "relay.ids", "relay.id_changed", answer=changes.of_answer(changes.own_ids)),
    RelayFault(
        "plain_text",
        "relay.content_type",
        "relay.content_type_changed",
        answer=changes.of_headers(
            lambda headers: (
                dict(headers) | {"content-type": "text/plain"}
                if headers.get("content-type") == "application/json"
                else dict(headers)
            )
        ),
    ),
    RelayFault(
        "drops_request_id",
        "relay.request_id",
        "relay.request_id_lost",
        answer=changes.of_headers(changes.lacking("x-request-id")),
    ),
    RelayFault("collects_streams", "relay.streaming", "relay.not_streamed", answer=changes.collected),
    RelayFault(
        "streams_nothing",
        "relay.streaming",
        "relay.not_streamed",
        request=changes.of_json(changes.lacking("stream", "partial_images")),
    ),
    RelayFault(
        "drops_an_event",
        "relay.events",
        "relay.events_changed",
        answer=changes.of_events(lambda number, event: None if number == 1 else event),
    ),
    RelayFault(
        "repeats_an_event",
        "relay.events",
        "relay.events_changed",
        answer=changes.of_events(lambda number, event: event * 2 if number == 1 else event),
    ),
    RelayFault(
        "adds_an_event",
        "relay.events",
        "relay.events_changed",
        answer=changes.of_events(
            lambda number, event: b'event: relay\ndata: {"type":"relay"}\n\n' + event if number == 0 else event
        ),
    ),
    RelayFault(
        "renames_a_field",
        "relay.events",
        "relay.events_changed",
        answer=changes.of_events(lambda _, event: changes.renamed(event)),
    ),
    RelayFault("holds_streams", "relay.immediate", "relay.held_back", answer=changes.of_streams(changes.held)),
    RelayFault("fills_buffers", "relay.immediate", "relay.held_back", answer=changes.of_streams(changes.by_kilobytes)),
    RelayFault("is_slow", "relay.delay", "relay.slow", answer=changes.of_streams(changes.late)),
    RelayFault("forwards_late", "relay.delay", "relay.slow", handle=handling.waiting),
    RelayFault(
        "drops_pings", "relay.pings", "relay.pings_dropped", answer=changes.of_streams(changes.without_comments)
    ),
    RelayFault("draws_for_nobody", "relay.disconnect", "relay.kept_open", stays=True),
    RelayFault("gives_up", "relay.upstream.late", "relay.gave_up", handle=handling.giving_up, chaos=True),
    RelayFault("stays", "relay.disconnect", "relay.kept_open", handle=handling.staying),
    RelayFault(
        "drops_from_messages",
        "relay.websocket",
        "relay.parameter_changed",
        message=lambda text: text.replace("single word", "word"),
    ),
    RelayFault(
        "changes_messages",
        "relay.websocket",
        "relay.events_changed",
        socket=lambda text: text.replace('"response.created"', '"response.made"'),
    ),
    RelayFault(
        "drops_retry_after",
        "relay.upstream.rate_limit",
        "relay.retry_after_lost",
        answer=changes.of_headers(changes.lacking("retry-after")),
        chaos=True,
    ),
    RelayFault(
        "limits_as_500",
        "relay.upstream.rate_limit",
        "relay.refusal_masked",
        answer=changes.to_statuses(of_429=500),
        chaos=True,
    ),
    RelayFault(
        "retries_errors", "relay.upstream.server_error", "relay.repeated", handle=handling.retrying_errors, chaos=True
    ),
    RelayFault(
        "errors_as_502",
        "relay.upstream.unavailable",
        "relay.status_changed",
        answer=changes.to_statuses(of_503=502),
        chaos=True,
    ),
    RelayFault(
        "blocks_as_error",
        "relay.upstream.moderation",
        "relay.error_changed",
        answer=changes.of_answer(changes.to_error_fields(code="bad_request")),
        chaos=True,
    ),
    RelayFault(
        "accepts_key_refusal",
        "relay.upstream.key_refused",
        "relay.status_changed",
        answer=changes.to_statuses(of_401=200),
        chaos=True,
    ),
    RelayFault("hides_cuts", "relay.upstream.cut_stream", "relay.cut_hidden", handle=handling.hiding_cuts, chaos=True),
    RelayFault(
        "drops_errors",
        "relay.upstream.error_event",
        "relay.error_lost",
        answer=changes.of_events(lambda _, event: None if event.startswith(b"event: error") else event),
        chaos=True,
    ),
    RelayFault(
        "small_answers", "relay.upstream.large_picture", "relay.picture_lost", answer=changes.small_answers, chaos=True
    ),
)

FAULTS: Final[Mapping[str, RelayFault]] = {fault.name: fault for fault in (*_ALL, *more_faults.FAULTS)}
"""Every fault by its name."""
