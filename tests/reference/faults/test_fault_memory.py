"""What a fault remembers belongs to one running persona."""

from __future__ import annotations

import ast
from functools import partial
from pathlib import Path
from types import FunctionType

import gateprobe.reference
from gateprobe.reference.faults import FAULTS, PASSING, started
from gateprobe.reference.http.exchange import IncomingRequest, json_answer

REFERENCE = Path(gateprobe.reference.__file__).parent
PICTURE = IncomingRequest("POST", "/v1/images/generations", fields={"prompt": "a red square"})


def test_two_personas_with_one_fault_share_no_memory() -> None:
    """The first request of each persona is throttled, whatever another persona was asked before."""
    for _ in range(2):
        (fault,) = started([FAULTS["err.rate_limit"]])
        assert fault.answer is not None
        statuses = [fault.answer(PICTURE, json_answer({})).status for _ in range(5)]
        assert statuses == [429, 200, 200, 200, 429]


def test_a_fault_with_a_memory_keeps_its_name() -> None:
    """What starts is the same fault: its name and its description stay."""
    every = [*FAULTS.values(), *PASSING.values()]
    assert [(fault.name, fault.what) for fault in started(every)] == [(fault.name, fault.what) for fault in every]


def test_a_fault_that_is_not_started_has_no_memory() -> None:
    """Its changes are plain functions: no method of an object, whose state every persona would share."""
    for fault in (*FAULTS.values(), *PASSING.values()):
        changes = (fault.request, fault.answer, fault.frames, fault.chunks, fault.message, fault.instead, fault.start)
        assert all(isinstance(change, FunctionType | partial | None) for change in changes), fault.name


def test_no_module_of_the_reference_holds_mutable_state() -> None:
    """No module variable is a list, a set, a counter or a store: state belongs to a running persona."""
    mutable = (ast.List, ast.Set, ast.ListComp, ast.SetComp)
    stateful = {"count", "cycle", "iter", "list", "set", "OrderedDict", "defaultdict", "deque", "Lock", "RLock", "dict"}
    offenders = []
    for path in sorted(REFERENCE.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            value = getattr(node, "value", None)
            if not isinstance(node, ast.Assign | ast.AnnAssign) or value is None or _name(node) == "__all__":
                continue
            called = value.func if isinstance(value, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if isinstance(value, mutable) or name in stateful or name.startswith("_"):
                offenders.append(f"{path.relative_to(REFERENCE)}:{node.lineno}")
    assert offenders == []


def _name(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""
