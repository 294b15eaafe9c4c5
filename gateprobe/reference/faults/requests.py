"""Changes of a request before the persona reads it, out of which faults are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateprobe.reference.answer import Asked


def without(*names: str) -> Callable[[Asked], Asked]:
    """Take parameters out of a request, at its top and inside its tools."""

    def changed(asked: Asked) -> Asked:
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
