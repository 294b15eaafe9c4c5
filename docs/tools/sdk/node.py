"""The facts of the openai package for Node, read from its type declarations where it is installed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.tools.sdk.surfaces import SURFACES, Fact
from gateprobe.clients.known import NODE_FOLDER

_INSTALLED: Final = Path(__file__).parents[3] / ".node"
_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_FIELD: Final = re.compile(r"^\s*(?:readonly )?(\w+)\??:\s*([^;]*);", re.MULTILINE)
_STRING: Final = re.compile(r"'([^']*)'")


def home() -> Path:
    """Return the folder whose `node_modules` holds the clients for Node: the one that `.ci/run` fills by default."""
    return Path(os.environ.get(NODE_FOLDER) or _INSTALLED)


def folder() -> Path | None:
    """Return the folder of the installed package; None where it is not installed."""
    package = home() / "node_modules" / "openai"
    return package if (package / "package.json").is_file() else None


def version(package: Path) -> str:
    """Return the version of a package."""
    return str(json.loads((package / "package.json").read_text("utf-8"))["version"])


def facts(package: Path) -> frozenset[Fact]:
    """Return what the package knows: the fields of each surface with their literal values, events and image models."""
    return frozenset((*_surfaces(package), *_events(package), *_models(package)))


def _surfaces(package: Path) -> Iterator[Fact]:
    for surface in SURFACES:
        for name in surface.node:
            file, _, interface = name.partition(":")
            for field, text in _FIELD.findall(_interface(_read(package, file), interface)):
                yield Fact(surface.name, field)
                if field not in surface.closed:
                    yield from (Fact(surface.name, field, value) for value in _STRING.findall(text))


def _events(package: Path) -> Iterator[Fact]:
    text = _read(package, "responses/responses")
    union = re.search(r"export type ResponseStreamEvent =([^;]*);", text)
    for name in re.findall(r"\w+", union[1]) if union else ():
        for value in re.findall(r"^\s*type: '([^']*)';", _interface(text, name), re.MULTILINE):
            yield Fact("events of a Responses stream", value)


def _models(package: Path) -> Iterator[Fact]:
    union = re.search(r"export type ImageModel =([^;]*);", _read(package, "images"))
    yield from (Fact("image models", name) for name in _STRING.findall(union[1] if union else ""))


def _read(package: Path, file: str) -> str:
    return _COMMENT.sub("", (package / "resources" / f"{file}.d.ts").read_text("utf-8"))


def _interface(text: str, name: str) -> str:
    """Return the fields of an interface, `Namespace.Name`, without what its own namespaces hold; empty without one."""
    for part in name.split(".")[:-1]:
        text = _block(text, f"namespace {part} ")
    return _flattened(_block(text, f"interface {name.rpartition('.')[2]} "))


def _block(text: str, head: str) -> str:
    """Return the text between the braces that follow a head; empty where there is none."""
    start = re.search(rf"\b{re.escape(head)}[^{{]*\{{", text)
    if start is None:
        return ""
    depth, end = 1, start.end()
    while depth and end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return text[start.end() : end - 1]


def _flattened(text: str) -> str:
    """Drop the content of inner braces."""
    while "{" in text:
        text = re.sub(r"\{[^{}]*\}", "", text)
    return text
