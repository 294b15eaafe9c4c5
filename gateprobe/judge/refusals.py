"""Refusals by kind: which fault a refusal shows, read from the server's status, `param`, code and message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateprobe.evidence import ApiError, ErrorShape, Exchange, MalformedAnswerError
from gateprobe.judge.crashes import quotes_exception
from gateprobe.message import Value
from gateprobe.model import Finding, Seen, refused
from gateprobe.request import FormBody, Request

MODEL_NOT_FOUND: Final = ("model_not_found", "deploymentnotfound")
"""Codes of a model that does not exist, in lower case: OpenAI's, and Azure's (recorded traffic)."""

_NO_SUCH_RESPONSE: Final = "previous_response_not_found"
_TOOL: Final = re.compile(r"tools(?:\[\d+\])?(?:\.type)?")
_TOOL_NAME: Final = re.compile(r"\bimage_generation\b")
_PLAIN_WORDS: Final = frozenset({"model", "prompt", "input", "image", "tools"})
"""Fields of every request whose names are ordinary words: a message that has the word need not mean the field."""


def refusal(exchange: Exchange, template: str = "{answer}", **values: Value) -> Seen:
    """Return the finding that a request was refused, of the kind that the answer shows; `{answer}` is its summary."""
    kind, option = refusal_kind(exchange)
    return refused(kind, template, option=option, answer=exchange.summary, **values).at(exchange.place)


def refusal_kind(exchange: Exchange) -> tuple[str, str]:
    """Return the fault kind of a refusal and the request option it is about; empty where it is about none."""
    error = _error(exchange)
    return (
        _by_status(exchange)
        or _by_name(exchange, error)
        or _of_the_endpoint(exchange, error)
        or (error and (_by_subject(exchange, error) or _by_param(exchange.request, error)))
        or ("request.refused", "")
    )


_GENERAL: Final = frozenset({"request.refused", "option.refused", "request.unsent_field", "surface.absent"})
"""Kinds of refusals that say less than a probe may know of its own request."""


def refused_as(finding: Finding, fault_kind: str, option: str = "") -> Finding:
    """Return a finding with the kind that a probe states for refusals; unchanged where the answer names another."""
    if not fault_kind or not isinstance(finding, Seen) or finding.fault_kind not in _GENERAL:
        return finding
    return replace(finding, fault_kind=fault_kind, option=option)


def crashed(exchange: Exchange) -> bool:
    """Return whether a 5xx quotes the gateway's own exception: that is its fault, and no outage behind it."""
    error = exchange.error
    return error is not None and quotes_exception(f"{error.type} {error.message}")


def _error(exchange: Exchange) -> ApiError | None:
    try:
        return exchange.error
    except MalformedAnswerError:
        return None


def _by_status(exchange: Exchange) -> tuple[str, str] | None:
    status = exchange.status or 0
    if 300 <= status < 400:
        return "surface.redirected", ""
    if status >= 500 and crashed(exchange):
        return "gateway.crashed", ""
    return ("image.link_broken", "") if exchange.request.is_link else None


def _by_name(exchange: Exchange, error: ApiError | None) -> tuple[str, str] | None:
    """Return the kind of a refusal of the model or the response that was asked for."""
    if error is not None and (str(error.code).lower() in MODEL_NOT_FOUND or error.param == "model"):
        return "models.not_callable", ""
    fetched = exchange.request.method == "GET" and "/responses/" in exchange.request.path and exchange.status == 404
    named = error is not None and (error.code == _NO_SUCH_RESPONSE or error.param == "previous_response_id")
    return ("state.not_stored", "") if fetched or named else None


def _of_the_endpoint(exchange: Exchange, error: ApiError | None) -> tuple[str, str] | None:
    if exchange.status in (404, 405, 501) and (error is None or error.param is None):
        return "surface.absent", ""
    if exchange.status == 413 or (error is not None and error.code == "string_above_max_length"):
        return "request.too_large", ""
    return None


def _by_subject(exchange: Exchange, error: ApiError) -> tuple[str, str] | None:
    """Return the kind of a refusal of an input item, of the image tool, or of the form of an edit."""
    param = error.param or ""
    if param.startswith("input["):
        return "state.item_refused", ""
    if _TOOL.fullmatch(param) or (not param and _TOOL_NAME.search(error.message)):
        return "tool.refused", ""
    unread = "/edits" in exchange.request.path and exchange.status == 422 and error.shape is not ErrorShape.OPENAI
    if unread or (isinstance(exchange.request.body, FormBody) and error.code == "invalid_type"):
        return "edit.form_refused", ""
    return None


def _by_param(request: Request, error: ApiError) -> tuple[str, str] | None:
    fields = frozenset(_fields(request))
    if error.param:
        field = re.sub(r"\[\d*\]\Z", "", error.param.rpartition(".")[2])
        return ("option.refused" if field in fields else "request.unsent_field"), field
    named = (field for field in sorted(fields - _PLAIN_WORDS) if re.search(rf"\b{re.escape(field)}\b", error.message))
    field = next(named, "")
    return ("option.refused", field) if field else None


def _fields(request: Request) -> Iterator[str]:
    """Yield the names of the request's fields and of its tools' fields."""
    if isinstance(request.body, FormBody):
        yield from (re.sub(r"\[\d*\]\Z", "", part.name) for part in request.body.parts)
    body = request.json
    if not isinstance(body, dict):
        return
    yield from body
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            yield from (name for name in tool if name != "type")
