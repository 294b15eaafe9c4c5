"""Messages are safe whatever a server sent, and every template of the tree can be extracted for a translator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import orjson
import pytest
from babel.messages.extract import extract
from hypothesis import example, given
from hypothesis import strategies as st

from docs.tools import catalogue
from gateprobe.codec import from_plain, to_plain
from gateprobe.message import NOTHING, Message, Value, fields_of, message, plural, quoted, verbatim
from tests.support.printing import is_safe

ROOT: Final = Path(__file__).resolve().parents[1]

TEMPLATES: Final = {name: positions for name, positions in catalogue.TEMPLATES.items() if name != "translated"}
"""The functions that take templates, and the positions of their templates, from 0."""

OPTIONAL: Final = frozenset({"refusal"})
"""Those that have a template of their own where none is given."""

DEFINED: Final = frozenset({"gateprobe/message.py", "gateprobe/codec.py", "gateprobe/formats/html/bilingual.py"})
"""The modules in which a template is a variable."""

TEXT: Final = st.text(st.characters(codec=None, categories=None), max_size=40) | st.sampled_from(
    ["\x1b[31m", "\u202e", "\ud800", "a\nb", "{braces}", "'\"", "x" * 5000, "é" * 1500]
)
NUMBERS: Final = st.integers() | st.floats() | st.sampled_from([2**53, 2**64, -(2**63) - 1, 10**400, float("nan")])
VALUES: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | inner.map(lambda value: message("nested {value} and {value!q}", value=value))
    ),
    max_leaves=8,
)
FIELDS: Final = (
    "{value}",
    "{value!q}",
    "{value!r}",
    "{value:,}",
    "{value:.1f}",
    "{value:.0%}",
    "{value:>9}",
    "{value:d}",
)


@given(st.sampled_from(FIELDS), VALUES)
@example("{value!q}", "\ud800")
@example("{value}", ("x",) * 10_000)
def test_any_value_of_a_stranger_gives_one_printable_line(field: str, value: Value) -> None:
    """Rendering never raises, and no control character reaches the sentence."""
    assert is_safe(str(Message(f"before {field} after", {"value": value})))


@given(st.sampled_from(FIELDS), VALUES)
def test_a_message_survives_json(field: str, value: Value) -> None:
    """A message that was written as JSON and read again is equal, and reads the same."""
    written = Message(f"before {field} after", {"value": value})
    read = from_plain(Message, orjson.loads(orjson.dumps(to_plain(written))))
    assert (read, str(read), hash(read)) == (written, str(written), hash(written))


@given(VALUES, st.integers(2, 60))
def test_a_shortened_message_bounds_each_text(value: Value, limit: int) -> None:
    """No text of a shortened message is longer than the limit, however deep it is."""
    assert all(len(text) <= limit for text in _texts(message("{value}", value=value).shortened(limit).values["value"]))


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Message):
        for part in value.values.values():
            yield from _texts(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


@pytest.mark.parametrize(
    ("template", "value", "sentence"),
    [
        ("{value}", ("a", "b"), "a, b"),
        ("{value}", (message("one"), message("two")), "one; two"),
        ("{value}", True, "true"),
        ("{value}", None, "null"),
        ("{value!q}", None, "null"),
        ("{value!q}", "it's", '"it\'s"'),
        ("{value!q}", ("a", 1), "'a', 1"),
        ("{value:,}", 12345, "12,345"),
        ("{value:,}", "many", "many"),
        ("{value:.0%}", 0.25, "25%"),
        ("{value}", message("inner {word}", word="x"), "inner x"),
        ("{{{value}}}", 1, "{1}"),
    ],
)
def test_values_are_formatted_for_a_sentence(template: str, value: Value, sentence: str) -> None:
    """Lists are joined, truth values and None are JSON's words, and a format that does not fit is left out."""
    assert str(Message(template, {"value": value})) == sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("not here", "'not here'"),
        ("it's not here", '"it\'s not here"'),
        ("one\ntwo", r"'one\ntwo'"),
        ("\x1b[31m", r"'\x1b[31m'"),
    ],
)
def test_a_servers_words_are_escaped_once(text: str, shown: str) -> None:
    """What a server said is shown in quotation marks, readable, and safe to print."""
    assert quoted(text) == str(message("{text!q}", text=text)) == shown


@pytest.mark.parametrize("template", ["{", "{}", "{0}", "{a.b}", "{a[0]}", "{a!x}", "{a:{b}}", "{a"])
def test_a_malformed_template_is_refused(template: str) -> None:
    """A template has named fields only, with the conversions that a message knows."""
    with pytest.raises(ValueError, match=r"template|field|expected|Single"):
        Message(template, {"a": 1, "b": 2})


def test_a_field_needs_a_value_of_a_known_type() -> None:
    """A missing value and a value of another type are errors of the caller, raised at once."""
    with pytest.raises(ValueError, match="no value for b"):
        message("{a} {b}", a=1)
    with pytest.raises(ValueError, match="cannot hold dict"):
        message("{a}", a={})  # type: ignore[arg-type]  # the error under test


def test_a_number_that_python_does_not_write_is_described() -> None:
    """An integer of more digits than Python converts is replaced by words."""
    assert str(message("{size:,}", size=10**5000)) == "a number of thousands of digits"


def test_a_number_selects_the_form() -> None:
    """One is singular; every other number is plural."""
    sentences = [str(plural(number, "{number} event", "{number} events")) for number in (0, 1, 2)]
    assert sentences == ["0 events", "1 event", "2 events"]


def test_a_finished_text_has_no_fields() -> None:
    """Braces in a text of the system are braces, and an empty message is false."""
    assert str(verbatim("{not a field}")) == "{not a field}"
    assert not NOTHING
    assert quoted("a" * 500, 10) == "'aaaaaaaaa…'"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that takes templates: its place, its templates (None for what is no literal), and its named values."""

    place: str
    templates: tuple[str | None, ...]
    values: frozenset[str]
    is_open: bool  # it passes values that only the run knows


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def _calls(path: str) -> tuple[Call, ...]:
    return tuple(_calls_in(path, _tree(path)))


def _calls_in(path: str, tree: ast.Module) -> Iterator[Call]:
    names = {name for name in TEMPLATES if name in _names_of(tree)}
    wrappers = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and "template" in _parameters(node)
    ]
    passed_on = {id(name) for wrapper in wrappers for name in ast.walk(wrapper) if isinstance(name, ast.Name)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in names:
            continue
        function, positions = node.func.id, TEMPLATES[node.func.id]
        arguments = [node.args[position] for position in positions if position < len(node.args)]
        if len(arguments) < len(positions) and function in OPTIONAL:
            continue
        if any(isinstance(argument, ast.Name) and id(argument) in passed_on for argument in arguments):
            continue
        templates = tuple(map(_literal, arguments)) or (None,)
        named = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
        implied = {"plural": {"number"}, "refusal": {"answer", "option"}}.get(function, {"option"})
        is_open = function == "Message" or any(keyword.arg is None for keyword in node.keywords)
        yield Call(f"{path}:{node.lineno}", templates, named | implied, is_open)


def _names_of(tree: ast.Module) -> set[str]:
    """Return what a module defines, and what it imports from a module that defines or exports these functions."""
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and "template" in _parameters(node)}
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None)
    homes = {"message", "model", "evidence", "promised", "attempt", "refusals", "exchanges", "images"}
    taken = {name.name for node in imports if str(node.module).rpartition(".")[2] in homes for name in node.names}
    return defined | taken


def _parameters(function: ast.FunctionDef) -> set[str]:
    return {parameter.arg for parameter in function.args.args}


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _extracted(path: str) -> set[str]:
    """Return the templates that Babel extracts from a module."""
    keywords = {name: tuple(position + 1 for position in positions) for name, positions in TEMPLATES.items()}
    with (ROOT / path).open("rb") as file:
        groups = [templates for _, templates, _, _ in extract("python", file, keywords=keywords)]
    return {template for group in groups for template in ((group,) if isinstance(group, str) else group)}


def _modules() -> list[str]:
    files = (file for folder in ("gateprobe", "probes") for file in (ROOT / folder).rglob("*.py"))
    return sorted({file.relative_to(ROOT).as_posix() for file in files} - DEFINED)


def test_every_function_that_takes_a_template_is_listed() -> None:
    """A function with a parameter `template` is one whose calls are checked."""
    functions = {
        node.name: f"{path}:{node.lineno}"
        for path in _modules()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef) and "template" in _parameters(node) and node.name != "__init__"
    }
    assert {place for name, place in functions.items() if name not in TEMPLATES} == set()


@pytest.mark.slow
def test_every_template_is_a_literal_that_babel_extracts() -> None:
    """A template is written out where it is used, so that a standard tool finds it for a translator."""
    calls = {path: _calls(path) for path in _modules()}
    assert [call.place for listed in calls.values() for call in listed if None in call.templates] == []
    for path, listed in calls.items():
        templates = {template for call in listed for template in call.templates if template}
        assert not templates or templates <= _extracted(path), path


@pytest.mark.slow
def test_every_field_of_a_template_gets_a_value() -> None:
    """A call names a value for each field, so that no message fails when it is made."""
    for path in _modules():
        for call in _calls(path):
            fields = frozenset[str]().union(*(fields_of(template or "") for template in call.templates))
            assert call.is_open or fields <= call.values, f"{call.place} gives no value for {fields - call.values}"


def test_a_finished_text_is_never_a_sentence_of_ours() -> None:
    """`verbatim` is for texts of the system and of libraries: it takes no literal and no f-string."""
    places = [
        f"{path}:{node.lineno}"
        for path in _modules()
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "verbatim"
        if isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert places == []
