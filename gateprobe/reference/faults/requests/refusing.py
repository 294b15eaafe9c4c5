"""Refusals that an honest persona would not give, out of which faults are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateprobe.model import Json
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, json_answer

When = Callable[[IncomingRequest], bool]

NGINX_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx/1.27.2</center>\r\n</body>\r\n</html>\r\n"
)
"""What an nginx says when the program behind it does not answer (nginx documentation)."""


def refusing(
    when: When, status: int, message: str, *, code: str | None = None, param: str | None = None
) -> Callable[[IncomingRequest, Answer], Answer]:
    """Refuse requests of a kind with an error object of OpenAI's shape."""
    return answering(when, RefusalError(status, message, code=code, param=param).answer())


def detailing(when: When, status: int, detail: Json) -> Callable[[IncomingRequest, Answer], Answer]:
    """Refuse requests of a kind as FastAPI and Codex back ends do: `{"detail": …}`."""
    return answering(when, json_answer({"detail": detail}, status))


def answering(when: When, answer: Answer) -> Callable[[IncomingRequest, Answer], Answer]:
    """Answer requests of a kind with something else; what was refused anyway stays so."""
    return lambda sent, honest: answer if when(sent) and honest.status < 400 else honest


def of_refusals(
    change: Callable[[IncomingRequest, PlainAnswer], Answer],
) -> Callable[[IncomingRequest, Answer], Answer]:
    """Make a change of answers out of a change of refusals."""
    return lambda sent, answer: (
        change(sent, answer) if isinstance(answer, PlainAnswer) and answer.status >= 400 else answer
    )


def posted(*paths: str) -> When:
    """Return whether a request is a POST to one of some paths below `/v1`."""
    return lambda sent: sent.method == "POST" and sent.path in {f"/v1{path}" for path in paths}


def both(*all_of: When) -> When:
    """Return whether several things hold of a request."""
    return lambda sent: all(condition(sent) for condition in all_of)


def names_any(*fields: str) -> When:
    """Return whether a request has one of some fields at its top."""
    return lambda sent: isinstance(sent.fields, dict) and any(field in sent.fields for field in fields)


def lacks(field: str) -> When:
    """Return whether a request lacks a field at its top."""
    return lambda sent: isinstance(sent.fields, dict) and field not in sent.fields


def has_image_tool(sent: IncomingRequest) -> bool:
    """Return whether a request brings the hosted image tool."""
    tools = sent.fields.get("tools") if isinstance(sent.fields, dict) else None
    listed = tools if isinstance(tools, list) else []
    return any(isinstance(tool, dict) and tool.get("type") == "image_generation" for tool in listed)


def input_items(sent: IncomingRequest) -> list[dict[str, Json]]:
    """Return the items of a request's `input`."""
    items = sent.fields.get("input") if isinstance(sent.fields, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def with_fields(asked: IncomingRequest, fields: dict[str, Json]) -> IncomingRequest:
    """Return a request with other fields."""
    return replace(asked, fields=fields)
