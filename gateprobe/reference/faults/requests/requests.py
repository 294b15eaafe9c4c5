"""Changes of a request before the persona reads it, out of which faults are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateprobe.model import Json
from gateprobe.reference.faults.pictures.drawing import RESPONSES, asks_for_picture
from gateprobe.reference.http.exchange import IncomingRequest


def always(**options: Json) -> Callable[[IncomingRequest], IncomingRequest]:
    """Set options of every picture that is asked for, whatever was sent: of the Images endpoints, and of the tool."""

    def changed(asked: IncomingRequest) -> IncomingRequest:
        if not asks_for_picture(asked) or not isinstance(asked.fields, dict):
            return asked
        if asked.path != RESPONSES:
            return replace(asked, fields={**asked.fields, **options})
        tools = [{**tool, **options} if _draws(tool) else tool for tool in asked.fields["tools"]]
        return replace(asked, fields={**asked.fields, "tools": tools})

    return changed


def _draws(tool: Json) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "image_generation"


def without(*names: str) -> Callable[[IncomingRequest], IncomingRequest]:
    """Take parameters out of a request, at its top and inside its tools."""

    def changed(asked: IncomingRequest) -> IncomingRequest:
        if not isinstance(asked.fields, dict):
            return asked
        fields = {name: value for name, value in asked.fields.items() if name not in names}
        tools = fields.get("tools")
        if isinstance(tools, list):
            fields["tools"] = [
                {name: value for name, value in tool.items() if name not in names} if isinstance(tool, dict) else tool
                for tool in tools
            ]
        return replace(asked, fields=fields)

    return changed
