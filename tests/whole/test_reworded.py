"""Sentences are for readers: other words change no count, no group, no outcome, and no code reads a sentence back."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway, find, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.acceptance import settled
from gateprobe.judge.judging import judge_all
from gateprobe.message import Message
from gateprobe.model import Tier
from gateprobe.record.file import Footer, Header, Record, Run, exit_code
from gateprobe.record.options import RunOptions
from gateprobe.resources import PROBES
from gateprobe.views.advice import advise
from gateprobe.views.answer import answer
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import diff
from gateprobe.views.matrix import build_matrix
from gateprobe.views.obstacles import obstacles
from tests.support.proofs.fault_matrix import evidence_of

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
_READS: Final = frozenset(
    {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "find"}
    | {"index", "replace", "count"}
)
_PATTERNS: Final = frozenset({"search", "match", "fullmatch", "findall", "finditer", "sub", "split"})


def _judged(persona: str, evidence: Mapping[str, Evidence], tier: Tier) -> tuple[Gateway, list[Record]]:
    gateway = replace(find(persona), embedded=True)
    return gateway, judge_all(all_items([gateway], Settings(tier)), reference(), {persona: evidence})


def _facts(gateway: Gateway, records: list[Record]) -> dict[str, Any]:
    """Return all that a report decides: verdicts, counts, groups, outcome, exit code, advice."""
    header = Header(
        "2026-11-21T09:40:00Z", "1", (gateway.name,), "nightly", options=RunOptions(needs=("images.generate.n",))
    )
    counted = settled(header, records, {})
    code = exit_code(counted, ["images.generate.n"])
    run = Run(Path("run"), header, tuple(counted), Footer("", code))
    matrix = build_matrix(run, {gateway.name: gateway, "openai": reference()}, catalogue())
    facts = answer(matrix)
    (counts,) = facts.gateways
    advice = advise(gateway, matrix.column(gateway.name))
    return {
        "records": [
            (
                record.item,
                record.verdict,
                record.reference,
                record.cause,
                record.fault_kind,
                record.scope,
                record.place,
                record.caused_by,
                record.blame,
            )
            for record in counted
        ],
        "outcome": (facts.outcome, facts.exit_code, [(need.capability, need.met) for need in facts.needs]),
        "counts": (facts.counts, counts.states, counts.broken_must, counts.incomplete, counts.outcome),
        "causes": [(cause.key, [cell.capability.id for cell in cause.cells]) for cause in counts.causes],
        "groups": [
            [record.item for record in group]
            for group in by_cause([record for record in counted if record.fails], counted)
        ],
        "obstacles": Counter(len(group) for group in obstacles(counted, counts.causes)),
        "advice": (advice.best, [caution.capability for caution in advice.cautions]),
        "changes": [change.kind for change in diff(run, run).changes],
    }


@pytest.mark.parametrize(
    ("persona", "faults", "tier"),
    [
        pytest.param("oversold", (), Tier.NIGHTLY, id="oversold"),
        pytest.param("openai", ("img.truncated", "end.no_terminal"), Tier.SMOKE, id="pictures and ends"),
        pytest.param("ofox", ("img.url_gone",), Tier.SMOKE, id="links"),
    ],
)
def test_other_words_change_nothing(
    monkeypatch: pytest.MonkeyPatch, persona: str, faults: tuple[str, ...], tier: Tier
) -> None:
    """The same evidence, judged with one and the same sentence in place of every message, gives the same report."""
    with evidence_of(persona, faults, tier) as evidence:
        plain = _facts(*_judged(persona, evidence, tier))
        with monkeypatch.context() as patch:
            patch.setattr(Message, "__str__", lambda _: "Other words.")
            gateway, records = _judged(persona, evidence, tier)
            assert {record.reason for record in records} == {"Other words."}
            reworded = _facts(gateway, records)
    assert plain["causes"]
    assert [name for name in plain if plain[name] != reworded[name]] == []


def _sentence(node: ast.AST) -> bool:
    """Return whether an expression holds a sentence of ours: a finding's reason, or a message as text."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and each.attr in {"reason", "reference_reason"}:
            return True
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "str":
            names = [part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "") for part in each.args]
            if any(name == "message" or name.endswith("_message") for name in names):
                return True
    return False


def _read_back(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that search, cut or test a sentence of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            if any(map(_sentence, (node.left, *node.comparators))):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            searched = node.func.attr in _PATTERNS and any(map(_sentence, node.args))
            if searched or (node.func.attr in _READS and _sentence(node.func.value)):
                yield node.lineno


def test_no_sentence_is_read_back() -> None:
    """No module searches a finding's sentence, cuts it, or tests whether it contains something."""
    paths = [*(ROOT / "gateprobe").rglob("*.py"), *PROBES.rglob("*.py")]
    found = {f"{path.name}:{line}" for path in set(paths) for line in _read_back(ast.parse(path.read_text("utf-8")))}
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        "record.reason.startswith('x')",
        "'x' in finding.reason",
        "re.search('x', record.reason)",
        "_NAMED.sub('', str(finding.message))",
        "str(message).partition(';')",
    ],
)
def test_a_sentence_that_is_read_back_is_found(text: str) -> None:
    """The test above can fail."""
    assert list(_read_back(ast.parse(text))) == [1]
