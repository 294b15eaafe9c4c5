"""The catalogues of translations: every text that a command prints for a person, by its English original.

python -m docs.tools.catalogue writes `gateprobe/locale/zh/LC_MESSAGES/gateprobe.po` again: new texts are added
without a translation, texts that are gone are dropped, translations stay. With `--missing`, it prints what is not
translated.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from gateprobe.cli import _COMMANDS, cli  # the only source of the lines of help
from gateprobe.errors import ExitCode
from gateprobe.formats import advice, answer, blame, claims, drawing, findings, words
from gateprobe.formats.html import claims as claims_page
from gateprobe.formats.html import compare, engine, history, nights, shortlist, upstream
from gateprobe.formats.nights import changes, diff, night
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.fault_kinds import fault_kinds
from gateprobe.language import CATALOGUES
from gateprobe.library import probes
from gateprobe.model import Cause, Observed, Stance, Verdict
from gateprobe.reference import FAULTS
from gateprobe.reference.faults import PASSING
from gateprobe.stream import RULES
from gateprobe.views.changes import ChangeKind, Origin
from gateprobe.views.nights.history import TrackState
from gateprobe.views.states import State

ROOT: Final = Path(__file__).resolve().parents[2]

TEMPLATES: Final = {
    "Message": (0,),
    "message": (0,),
    "sentence": (0,),
    "translated": (0,),
    "plural": (1, 2),
    "honoured": (0,),
    "refused": (1,),
    "ignored": (1,),
    "malformed": (1,),
    "unobserved": (1,),
    "not_installed": (1,),
    "hidden": (1,),
    "inapplicable": (0,),
    "nothing_to_judge": (0,),
    "refusal": (1,),
    "failure": (1,),
    "wrong_answer": (2,),
    "MalformedAnswerError": (1,),
    "UnfinishedStreamError": (1,),
    "_blocked": (1,),
    "_faulty": (2,),
}
"""The functions that take templates, and the positions of their templates, from 0."""

SEPARATORS: Final = (", ", "; ", ": ", " and ", "accepted", "not", "answered though declined")
"""Texts that are chosen before they are translated."""

CLICK: Final = ("Usage:", "Options", "Commands", "Exit codes", "default: {default}", ":", "Show this message and exit.")
"""The words of click and of the page of help."""


def source(language: str = "zh") -> Path:
    """Return the file of a language's translations."""
    return CATALOGUES / language / "LC_MESSAGES" / "gateprobe.po"


def texts() -> dict[str, str]:
    """Return every text to translate, with the group to which it belongs, in the order of the catalogue."""
    groups = {
        "words": (*SEPARATORS, *_words(), answer.TORN, answer.EMBEDDED, *_tables()),
        "help": (*CLICK, *_help()),
        "terminal": _templates("gateprobe/cli", "gateprobe/formats"),
        "pages": pages(),
        "findings": _templates("gateprobe", "probes"),
        "fault kinds": (
            text for kind in fault_kinds().values() for text in (kind.title, kind.harm, kind.cause, kind.mend)
        ),
        "capabilities": _capabilities(),
        "stream rules": (rule.statement for rule in RULES.values()),
        "probes": (text for probe in probes(relay=True) for text in (probe.statement, probe.needs.statement)),
        "faults": (fault.what for fault in (*FAULTS.values(), *PASSING.values())),
    }
    return {text: group for group, listed in reversed(groups.items()) for text in listed if text}


def _words() -> Iterator[str]:
    """Yield the words of the model, as they are in data, and what a run and a chart call them."""
    enums = (State, Verdict, Cause, Observed, Stance, ChangeKind, Origin, TrackState)
    yield from dict.fromkeys(str(word) for enum in enums for word in enum)
    yield from (str(kind).capitalize() for kind in ChangeKind)
    yield from ("new", "gone", *(surface.title for surface in catalogue(relay=True).surfaces))


def _tables() -> Iterator[str]:
    yield from drawing._LACKS.values()  # noqa: SLF001 - a table of texts, translated where it is used
    for table in (
        *(words.MEANING, words.CLAIM_MEANING, words.ADOPTED_MEANING, words.EXPECTED, words.OBSERVED_MEANING),
        *(words.BLAME_MEANING, words.LANGUAGE, advice.CAUTIONS, advice.STREAMING, blame.SIGNATURES, blame.CAUSES),
        *(blame.DELIVERED, claims.TITLES, claims_page.SHOWS, compare.TITLES, compare.PROVENANCE, compare.RANK_WORDS),
        *(compare.SHOWS, engine.FILTERS, history.ENDED, nights.VERDICTS, shortlist.COMMON, upstream.KEYS),
        *(changes.BESIDE, night.OURSELVES),
    ):
        yield from table.values()
    yield from (text for _, text in words.COMPATIBLE.values())
    yield from (blame.FAILED, blame.NOT_INSTALLED, blame.NOTHING_CAME, findings.CAUSE_RULE, *diff.HEADS, "And")
    yield from words.CAUSE_MEANING.values()
    yield from (*words.COUNTED.values(), *words.STATE.values(), words.FAULTY)


def _help() -> Iterator[str]:
    yield from (summary for _, summary in _COMMANDS.values())
    yield from (code.meaning for code in ExitCode)
    yield from _help_of(cli)


def _help_of(command: click.Command) -> Iterator[str]:
    yield from (text for text in (command.help, command.short_help) if text)
    yield from (param.help for param in command.params if isinstance(param, click.Option) and param.help)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            yield from _help_of(inner) if inner is not None else ()


def _capabilities() -> Iterator[str]:
    for capability in (catalogue(relay=True)[name] for name in catalogue(relay=True).ids):
        yield from (capability.statement, capability.unobservable)


def _templates(*folders: str) -> Iterator[str]:
    files = (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")))
    for file in files:
        yield from _of_module(file)


def pages() -> Iterator[str]:
    """Yield the templates and the nouns of the HTML pages."""
    environment = Environment(autoescape=True)
    for file in sorted((ROOT / "gateprobe/formats/html/templates").glob("*.j2")):
        tree = environment.parse(file.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            name = str(getattr(call.node, "name", "") or getattr(call.node, "attr", ""))
            texts_ = [argument.value if isinstance(argument, nodes.Const) else None for argument in call.args]
            yield from _of_call({"_": "sentence"}.get(name, name), texts_)


@cache
def _of_module(file: Path) -> tuple[str, ...]:
    """Return the templates of a module, and the nouns that it counts."""
    return tuple(_of_tree(ast.parse(file.read_text("utf-8"))))


def _of_tree(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        yield from _of_call(
            node.func.id, [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        )


def _of_call(function: str, literals: Sequence[object]) -> Iterator[str]:
    """Yield the texts of a call: the nouns that it counts, or its templates."""
    if function == "count":
        nouns = [noun for noun in literals[1:] if isinstance(noun, str)]
        yield from nouns
        yield from (f"{noun}s" for noun in nouns if len(literals) == 2)
    for position in TEMPLATES.get(function, ()):
        text = literals[position] if position < len(literals) else None
        yield from (text,) if isinstance(text, str) else ()


@cache
def translations(language: str = "zh") -> dict[str, str]:
    """Return the stored translations, by the original."""
    path = source(language)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def write(language: str = "zh", added: Iterable[tuple[str, str]] = ()) -> None:
    """Write the catalogue: each text once, with its translation where there is one."""
    stored = translations(language) | dict(added)
    made = Catalog(locale=language, project="gateprobe", fuzzy=False)
    for text, group in texts().items():
        made.add(text, stored.get(text, ""), auto_comments=(group,))
    out = io.BytesIO()
    write_po(out, made, width=0, omit_header=False, sort_output=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: zh\\n"\n'
    entries = out.getvalue().decode().partition("\n\n")[2]
    source(language).write_text(f"{header}\n{entries}", "utf-8")
    translations.cache_clear()


if __name__ == "__main__":
    if "--missing" in sys.argv:
        for number, (text, group) in enumerate(texts().items()):
            if not translations().get(text):
                print(f"{number} [{group}] {text!r}")
    else:
        write()
