"""Faults that relays in Go, Node or Python have by their libraries, and habits of relays that harm nobody."""

from __future__ import annotations

import re
from typing import Final

from tests.support.passing import habits, handling
from tests.support.passing.changes import (
    of_answer,
    of_events,
    of_form,
    of_headers,
    of_json,
    of_streams,
)
from tests.support.passing.relay import RelayFault

_PAGE: Final = b"<html><h1>400 Bad Request</h1></html>"


def _by_models(event: bytes) -> bytes:
    return re.sub(rb'"model":"[^"]*"', b'"model":"relay-1"', event)


FAULTS: Final = (
    # Requests
    RelayFault("forgets_type", "relay.endpoint", "relay.translated", request=habits.without_type),
    RelayFault("packs_requests", "relay.endpoint", "relay.translated", request=habits.packed),
    RelayFault("drops_query", "relay.endpoint", "relay.translated", request=habits.without_query),
    RelayFault(
        "omits_empty",
        "relay.generations.parameters",
        "relay.parameter_dropped",
        request=of_json(habits.without_empty, "/generations"),
    ),
    RelayFault(
        "numbers_as_floats",
        "relay.generations.parameters",
        "relay.parameter_changed",
        request=of_json(habits.with_floats, "/generations"),
    ),
    RelayFault(
        "keeps_first_tool",
        "relay.responses.parameters",
        "relay.parameter_changed",
        request=of_json(lambda body: body | {"tools": body["tools"][:1]} if body.get("tools") else body),
    ),
    RelayFault(
        "cleans_schemas",
        "relay.responses.parameters",
        "relay.parameter_dropped",
        request=of_json(habits.without_defaults, "/responses"),
    ),
    RelayFault(
        "asks_for_usage",
        "relay.nothing_added",
        "relay.injected",
        request=of_json(
            lambda body: body | {"stream_options": {"include_obfuscation": False}} if body.get("stream") else body,
            "/responses",
        ),
    ),
    RelayFault("reverses_files", "relay.files", "relay.file_changed", request=habits.with_files_reversed),
    RelayFault("names_as_latin", "relay.files", "relay.file_changed", request=habits.with_latin_names),
    RelayFault("forms_as_latin", "relay.prompt", "relay.prompt_changed", request=habits.with_latin_fields),
    RelayFault("joins_equal_requests", "relay.not_cached", "relay.cached", handle=handling.joining),
    # Answers
    RelayFault("wraps_pictures", "relay.pictures", "relay.picture_changed", answer=of_answer(habits.wrapped_pictures)),
    RelayFault("prefixes_pictures", "relay.pictures", "relay.picture_changed", answer=of_answer(habits.as_data_urls)),
    RelayFault(
        "created_as_float",
        "relay.answer",
        "relay.answer_changed",
        answer=of_answer(lambda _, body: habits.with_floats(body)),
    ),
    RelayFault(
        "one_id_for_all",
        "relay.events",
        "relay.events_changed",
        answer=of_events(lambda _, e: habits.one_id(e)),
    ),
    RelayFault("short_ids", "relay.ids", "relay.id_changed", answer=of_answer(habits.with_short_ids)),
    RelayFault("replaces_error_body", "relay.errors", "relay.error_changed", answer=habits.refusals_as(_PAGE)),
    RelayFault("cuts_messages", "relay.errors", "relay.error_changed", answer=of_answer(habits.with_short_messages)),
    RelayFault(
        "shortens_waits",
        "relay.upstream.rate_limit",
        "relay.retry_after_lost",
        answer=of_headers(lambda headers: dict(headers) | ({"retry-after": "1"} if "retry-after" in headers else {})),
        chaos=True,
    ),
    RelayFault(
        "repeats_broken_answers",
        "relay.upstream.cut_answer",
        "relay.repeated",
        handle=handling.repeating_broken_answers,
        chaos=True,
    ),
    RelayFault(
        "completes_broken_answers",
        "relay.upstream.cut_answer",
        "relay.cut_hidden",
        handle=handling.hiding_cuts,
        chaos=True,
    ),
    # Streams
    RelayFault(
        "renames_models_in_events",
        "relay.events",
        "relay.events_changed",
        answer=of_events(lambda _, event: _by_models(event)),
    ),
    RelayFault("joins_words", "relay.events", "relay.events_changed", answer=of_streams(habits.joined_deltas)),
    RelayFault("cuts_letters", "relay.events", "relay.events_changed", answer=of_streams(habits.decoded)),
    RelayFault("breaks_off", "relay.events", "relay.events_changed", answer=of_streams(habits.broken_off)),
    RelayFault(
        "drops_event_names",
        "relay.event_names",
        "relay.event_names_lost",
        answer=of_events(lambda _, event: re.sub(rb"(?m)^event: .*\n", b"", event)),
    ),
    RelayFault(
        "counts_usage_twice",
        "relay.events",
        "relay.events_changed",
        answer=of_events(lambda _, event: habits.with_usage_doubled(event)),
    ),
    RelayFault(
        "scans_short_lines",
        "relay.upstream.large_picture",
        "relay.picture_lost",
        answer=of_events(lambda _, event: event if len(event) < 1 << 16 else None),
        chaos=True,
    ),
)

HABITS: Final = (
    RelayFault(
        "sorts_keys", "", "", request=of_json(habits.in_order), answer=of_answer(lambda _, b: habits.in_order(b))
    ),
    RelayFault("escapes_letters", "", "", request=habits.escaped, answer=of_answer(lambda _, body: body)),
    RelayFault("shouts_headers", "", "", request=habits.with_title_case),
    RelayFault("ends_forms_early", "", "", request=of_form(rb"--\r\n\Z", b"--")),
    RelayFault("packs_answers", "", "", answer=habits.packed_answers),
    RelayFault("ends_lines_by_crlf", "", "", answer=of_events(lambda _, event: event.replace(b"\n", b"\r\n"))),
    RelayFault("dates_waits", "", "", answer=of_headers(habits.with_dated_wait)),
    RelayFault("cuts_anywhere", "", "", answer=of_streams(habits.in_small_pieces)),
    RelayFault("drops_nulls", "", "", answer=of_answer(lambda _, body: habits.without_nulls(body))),
    RelayFault("sends_own_pings", "", "", answer=of_streams(habits.with_comments)),
)
"""Relays that change what nobody reads; none may be contradicted."""
