"""Unseen faults of the models list."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.streams.frames import body_of
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer
from tests.support.unseen.faults.base import Change, unseen


def _models(change: Change) -> dict[str, object]:
    def answer(sent: IncomingRequest, answer: Answer) -> Answer:
        body = body_of(answer)
        if sent.path != "/v1/models" or body is None or answer.status >= 400 or not isinstance(answer, PlainAnswer):
            return answer
        return replace(answer, body=orjson.dumps(change(body)))

    return {"answer": answer}


def _first_model(sent: IncomingRequest, answer: Answer) -> Answer:
    """Answer with the same model, whichever is asked for."""
    body = body_of(answer)
    if not sent.path.startswith("/v1/models/") or body is None or not isinstance(answer, PlainAnswer):
        return answer
    return replace(answer, body=orjson.dumps({**body, "id": "gpt-4o-mini"})) if answer.status == 200 else answer


FAULTS: Final = (
    unseen(
        "image_models_unlisted",
        "must",
        "models.image_listed",
        **_models(lambda b: {**b, "data": [m for m in b["data"] if "image" not in m["id"]]}),
    ),
    unseen("models_are_names", "must", "models.list", **_models(lambda b: {**b, "data": [m["id"] for m in b["data"]]})),
    unseen("models_listed_twice", "must", "models.list", **_models(lambda b: {**b, "data": [*b["data"], *b["data"]]})),
    unseen("retrieved_model_is_another", "should", "models.retrieve", answer=_first_model),
    unseen(
        "models_not_an_object",
        "must",
        "models.list",
        **_models(lambda b: {**b, "data": {m["id"]: m for m in b["data"]}}),
    ),
    unseen(
        "model_ids_prefixed",
        "must",
        "models.text_listed models.image_listed models.listed_are_callable",
        **_models(lambda b: {**b, "data": [{**m, "id": "openai/" + m["id"]} for m in b["data"]]}),
    ),
)
