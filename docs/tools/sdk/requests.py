"""Requests that OpenAI's client for Python can send, drawn from the types of its parameters."""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import Any, Final

import typing_extensions
from hypothesis import strategies as st
from openai import APIStatusError, InternalServerError, OpenAI
from openai.types.image_edit_params import ImageEditParamsBase
from openai.types.image_generate_params import ImageGenerateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from docs.tools.sdk.drives.python import square
from docs.tools.sdk.surfaces import Fact

_TEXT, _IMAGE = "gpt-5.5", "gpt-image-2.6-sunburst"
_TEXTS: Final = {
    "responses.model": _TEXT,
    "images.model": _IMAGE,
    "tools.model": _IMAGE,
    "images.prompt": "Draw gore.",
    "context_management.type": "compaction",
}
"""Texts by their place; another text is a word. The prompt is one that is blocked, so that nothing is drawn."""
_NUMBERS: Final = {
    "max_output_tokens": st.integers(16, 99),
    "frame_count": st.integers(2, 16),
    "compact_threshold": st.integers(1000, 2000),
}
_SVG_AUTHOR: Final = "svg.model"
"""An SVG needs one where its author can be selected (OpenAI's client)."""
_OPTIONAL: Final = 3
"""The most optional fields of one object: with more, one is refused before the others are checked."""
_FILES: Final = frozenset({"image", "mask", "markup"})
_WRAPPERS: Final = (typing.Annotated, typing.Required, typing.NotRequired)
_UNIONS: Final = (typing.Union, types.UnionType)

Strategy = st.SearchStrategy[Any]


def responses() -> Strategy:
    """Draw parameters of `responses.create`."""
    parameters = _values(ResponseCreateParamsBase, "responses")
    return parameters.map(lambda body: {"input": "Say yes.", **body, "model": _TEXT})


def generations() -> Strategy:
    """Draw parameters of `images.generate`."""
    return _values(ImageGenerateParamsBase, "images").map(lambda body: body | {"model": _IMAGE})


def edits() -> Strategy:
    """Draw parameters of `images.edit`, with a picture."""
    without_files = _values(ImageEditParamsBase, "images")
    return without_files.map(lambda body: body | {"model": _IMAGE, "image": ("a.png", square(), "image/png")})


def refused_fact(client: OpenAI, surface: str, body: dict[str, Any]) -> Fact | None:
    """Send parameters; return the field, or the value, that is refused as not existing; None where all are known.

    Raises openai.InternalServerError where the request breaks the server.
    """
    methods: dict[str, Any] = {"images.generate": client.images.generate, "images.edit": client.images.edit}
    try:
        methods.get(surface, client.responses.create)(**body)
    except InternalServerError:
        raise
    except APIStatusError as error:
        param = error.param or ""
        if error.code == "invalid_value" and "Supported values" in error.message:
            return Fact(surface, param, str(body.get(param)))
        if error.code in {"unknown_parameter", "invalid_type", "missing_required_parameter"} and param != _SVG_AUTHOR:
            return Fact(surface, param)
    return None


def _values(kind: Any, path: str) -> Strategy:
    origin, arguments = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin in _WRAPPERS:
        return _values(arguments[0], path)
    if origin in (typing.Literal, typing_extensions.Literal):
        return st.sampled_from(arguments)
    if origin in _UNIONS:
        return st.one_of(*(_values(each, path) for each in arguments))
    if typing_extensions.is_typeddict(kind):
        return _objects(kind, path)
    return _collections(origin, arguments, path) if origin is not None else _plain(kind, path)


def _collections(origin: Any, arguments: tuple[Any, ...], path: str) -> Strategy:
    if issubclass(origin, collections.abc.Mapping):
        return st.dictionaries(st.sampled_from("ab"), _values(arguments[1], path), max_size=2)
    return st.lists(_values(arguments[0], path), max_size=2)


def _plain(kind: Any, path: str) -> Strategy:
    *_, parent, name = path.split(".") if "." in path else ("", path)
    by_kind: dict[Any, Strategy] = {
        str: st.just(_TEXTS.get(f"{parent}.{name}", "someone")),
        bool: st.booleans(),
        int: _NUMBERS.get(name, st.integers(1, 2)),
        float: st.sampled_from((0, 0.5, 1)),
        object: st.sampled_from(("a", 1, True)),
        type(None): st.none(),
    }
    return by_kind[kind]


def _objects(kind: Any, path: str) -> Strategy:
    hints = typing_extensions.get_type_hints(kind, include_extras=True)
    fields = {name: hint for name, hint in hints.items() if name not in _FILES or path != "images"}
    required = [name for name, hint in fields.items() if _is_required(hint, total=kind.__total__)]
    optional = [name for name in fields if name not in required]

    @st.composite
    def draw_object(draw: st.DrawFn) -> dict[str, Any]:
        some = st.lists(st.sampled_from(optional), max_size=_OPTIONAL, unique=True) if optional else st.just([])
        return {name: draw(_values(fields[name], f"{path}.{name}")) for name in (*required, *draw(some))}

    return draw_object()


def _is_required(hint: Any, *, total: bool) -> bool:
    origin = typing_extensions.get_origin(hint)
    if origin is typing.Annotated:
        return _is_required(typing_extensions.get_args(hint)[0], total=total)
    return origin is typing.Required or (total and origin is not typing.NotRequired)
