"""Unseen faults of fields and headers: left out, renamed, of another type or number."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.streams.frames import each, in_body, in_output, of_calls, of_items, without_keys
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer
from tests.support.unseen.faults.base import IMAGES, RESPONSES, Change, both, in_data, pictures, unseen


def _calls(change: Change) -> dict[str, object]:
    """Change finished image calls in bodies and in events."""
    done = of_calls(lambda call: change(call) if call.get("result") else call)
    return {"answer": in_body(in_output(done), *RESPONSES), "frames": each(of_items(done))}


def _headers(paths: tuple[str, ...], **headers: str) -> dict[str, object]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(sent: IncomingRequest, answer: Answer) -> Answer:
        if not sent.path.startswith(paths) or answer.status >= 400:
            return answer
        return replace(answer, headers={**answer.headers, **named})

    return {"answer": answer}


def _body(change: Callable[[bytes], bytes]) -> Callable[[IncomingRequest, Answer], Answer]:
    """Change the bytes of bodies that succeed."""

    def changed(_sent: IncomingRequest, answer: Answer) -> Answer:
        if not isinstance(answer, PlainAnswer) or answer.status >= 400:
            return answer
        return replace(answer, body=change(answer.body))

    return changed


def _empty_output(body: bytes) -> bytes:
    value = orjson.loads(body)
    return orjson.dumps({**value, "output": []}) if "output" in value else body


def _stream_type(_sent: IncomingRequest, answer: Answer) -> Answer:
    return (
        answer
        if isinstance(answer, PlainAnswer)
        else replace(answer, headers={**answer.headers, "content-type": "application/json"})
    )


FAULTS: Final = (
    unseen(
        "status_dropped",
        "must",
        "responses.text responses.image.non_stream stream.schema",
        **both(lambda r: without_keys(r, "status")),
    ),
    unseen(
        "call_id_dropped",
        "must",
        "responses.image.non_stream stream.schema responses.image.stream",
        **_calls(lambda c: without_keys(c, "id")),
    ),
    unseen(
        "created_in_ms",
        "must",
        "responses.text responses.image.non_stream stream.schema",
        **both(lambda r: {**r, "created_at": r["created_at"] * 1000}),
    ),
    unseen("model_is_another", "must", "models.echoed", **both(lambda r: {**r, "model": "gpt-4o-mini"})),
    unseen("metadata_lost", "should", "responses.text", **both(lambda r: {**r, "metadata": {}})),
    unseen(
        "b64_under_other_key",
        "must",
        "images.generate",
        answer=in_body(in_data(lambda e: {"base64": e["b64_json"]} if "b64_json" in e else e), *IMAGES),
    ),
    unseen(
        "b64_urlsafe",
        "must",
        "images.generate responses.image.stream responses.image.non_stream",
        **pictures(lambda t: t.replace("+", "-").replace("/", "_")),
    ),
    unseen(
        "b64_in_lines",
        "must",
        "images.generate responses.image.stream responses.image.non_stream",
        **pictures(lambda t: base64.encodebytes(base64.b64decode(t)).decode()),
    ),
    unseen(
        "b64_is_data_uri",
        "must",
        "images.generate responses.image.stream responses.image.non_stream",
        **pictures(lambda t: "data:image/png;base64," + t),
    ),
    unseen(
        "usage_as_text",
        "must",
        "usage.present images.generate.usage responses.image.usage responses.text",
        answer=in_body(
            lambda b: (
                {**b, "usage": {k: str(v) if isinstance(v, int) else v for k, v in b["usage"].items()}}
                if isinstance(b.get("usage"), dict)
                else b
            ),
            *IMAGES,
            *RESPONSES,
        ),
    ),
    unseen(
        "usage_total_is_output",
        "should",
        "usage.adds_up responses.image.usage images.generate.usage",
        answer=in_body(
            lambda b: (
                {**b, "usage": {**b["usage"], "total_tokens": b["usage"]["output_tokens"]}}
                if isinstance(b.get("usage"), dict)
                else b
            ),
            *IMAGES,
            *RESPONSES,
        ),
    ),
    unseen(
        "usage_of_images_doubled",
        "should",
        "usage.tokens_match_size_and_quality images.generate.n_billing usage.adds_up usage.price",
        answer=in_body(
            lambda b: (
                {
                    **b,
                    "usage": {
                        **b["usage"],
                        "output_tokens": 2 * b["usage"]["output_tokens"],
                        "total_tokens": b["usage"]["input_tokens"] + 2 * b["usage"]["output_tokens"],
                    },
                }
                if isinstance(b.get("usage"), dict)
                else b
            ),
            *IMAGES,
        ),
    ),
    unseen(
        "json_typed_html",
        "should",
        "errors.content_type images.generate responses.text",
        **_headers(("/v1/images", "/v1/models"), content_type="text/html; charset=utf-8"),
    ),
    unseen(
        "request_id_constant", "should", "transport.request_id", **_headers(("/v1",), x_request_id="req_0123456789")
    ),
    unseen("body_with_bom", "must", "images.generate", answer=_body(lambda body: b"\xef\xbb\xbf" + body)),
    unseen("body_with_trailer", "must", "images.generate", answer=_body(lambda body: body + b"\n<!-- 200 -->")),
    unseen(
        "retrieved_without_output",
        "should",
        "responses.retrieve",
        answer=lambda sent, answer: _body(_empty_output)(sent, answer) if sent.method == "GET" else answer,
    ),
    unseen(
        "usage_is_negative",
        "must",
        "usage.present images.generate.usage responses.text usage.adds_up",
        answer=in_body(
            lambda b: {**b, "usage": {**b["usage"], "output_tokens": -1}} if isinstance(b.get("usage"), dict) else b,
            *IMAGES,
            *RESPONSES,
        ),
    ),
    unseen(
        "details_of_completed",
        "should",
        "responses.text responses.image.non_stream stream.schema",
        **both(
            lambda r: (
                {**r, "incomplete_details": {"reason": "max_output_tokens"}} if r.get("status") == "completed" else r
            )
        ),
    ),
    unseen("stream_typed_json", "must", "stream.content_type", answer=_stream_type),
    unseen(
        "encoding_header_lies",
        "must",
        "transport.content_encoding images.generate",
        **_headers(IMAGES, content_encoding="gzip"),
    ),
)
