"""What a fault asks of a request: whether a picture is wanted, on which surface."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.http.exchange import IncomingRequest

IMAGES: Final = "/v1/images/"
RESPONSES: Final = "/v1/responses"


def has_image_tool(sent: IncomingRequest) -> bool:
    """Return whether a request offers the hosted image tool, and does not forbid it."""
    tools = sent.fields.get("tools") if isinstance(sent.fields, dict) else None
    if not isinstance(tools, list) or sent.fields.get("tool_choice") == "none":
        return False
    return any(isinstance(tool, dict) and tool.get("type") == "image_generation" for tool in tools)


def asks_for_picture(sent: IncomingRequest) -> bool:
    """Return whether a request is for a picture, of the Images endpoints or of the hosted tool."""
    if sent.method not in {"POST", "WEBSOCKET"}:
        return False
    return sent.path.startswith(IMAGES) or (sent.path == RESPONSES and has_image_tool(sent))
