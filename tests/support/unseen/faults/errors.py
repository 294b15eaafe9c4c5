"""Unseen faults of refusals: their statuses and what their bodies say."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.streams.frames import Object, body_of
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer
from tests.support.unseen.faults.base import Change, unseen


def _refused(change: Callable[[Object, PlainAnswer], PlainAnswer]) -> dict[str, object]:
    """Change refusals of mistakes; those of keys stay."""

    def answer(_sent: IncomingRequest, answer: Answer) -> Answer:
        if not isinstance(answer, PlainAnswer) or answer.status < 400 or answer.status == 401:
            return answer
        return change((body_of(answer) or {}).get("error") or {}, answer)

    return {"answer": answer}


def _with_error(change: Change) -> dict[str, object]:
    return _refused(lambda error, answer: replace(answer, body=orjson.dumps({"error": change(error)})))


def _status(to: int, *of: int) -> dict[str, object]:
    return _refused(lambda _error, answer: replace(answer, status=to) if not of or answer.status in of else answer)


FAULTS: Final = (
    unseen(
        "mistakes_are_429",
        "must",
        "errors.status errors.not_masked transport.retry_after images.generate.size_invalid_refused",
        **_status(429, 400),
    ),
    unseen("mistakes_are_200", "must", "errors.not_in_200 images.generate.size_invalid_refused", **_status(200, 400)),
    unseen("mistakes_are_500", "must", "errors.not_masked", **_status(500, 400)),
    unseen("unknown_path_is_400", "should", "errors.unknown_path errors.status", **_status(400, 404)),
    unseen("param_is_always_model", "should", "errors.param_named", **_with_error(lambda e: {**e, "param": "model"})),
    unseen(
        "message_is_empty",
        "should",
        "errors.envelope errors.missing_field",
        **_with_error(lambda e: {**e, "message": ""}),
    ),
    unseen("param_is_always_null", "should", "errors.param_named", **_with_error(lambda e: {**e, "param": None})),
    unseen(
        "message_is_an_object",
        "must",
        "errors.envelope",
        **_with_error(lambda e: {**e, "message": {"text": e.get("message"), "lang": "en"}}),
    ),
    unseen(
        "error_in_data",
        "must",
        "errors.envelope",
        **_refused(lambda error, answer: replace(answer, body=orjson.dumps({"data": {"error": error}}))),
    ),
    unseen("mistakes_are_404", "should", "errors.status images.generate.size_invalid_refused", **_status(404, 400)),
    unseen(
        "errors_in_a_list",
        "must",
        "errors.envelope",
        **_refused(lambda error, answer: replace(answer, body=orjson.dumps({"errors": [error]}))),
    ),
    unseen(
        "error_quotes_key",
        "must",
        "errors.no_leak",
        answer=lambda _sent, answer: (
            replace(
                answer,
                body=orjson.dumps(
                    {
                        "error": {
                            **((body_of(answer) or {}).get("error") or {}),
                            "message": "upstream refused Authorization: Bearer sk-proj-" + secrets.token_hex(20),
                        }
                    }
                ),
            )
            if isinstance(answer, PlainAnswer) and answer.status == 400
            else answer
        ),
    ),
)
