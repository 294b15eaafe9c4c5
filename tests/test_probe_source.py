"""The source of probe modules is checked before they run; what is wrong is one sentence."""

from __future__ import annotations

import py_compile
from pathlib import Path

import pytest

from gateprobe.errors import GateprobeError
from gateprobe.gateway.fault_kinds import fault_kinds
from gateprobe.probe_source import check
from gateprobe.resources import PROBES

SOUND = '''
@probe("images.generate.n", needs=cheap_picture)
def counts(evidence, claim):
    """Each picture counts."""
    return ignored("param.n_ignored", "received {number}", number=1)
'''


def write(folder: Path, source: str) -> Path:
    """Write a module."""
    path = folder / "module.py"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("param.n_ignored", "param.n_ignord", "the probe counts names the fault kind 'param.n_ignord'"),
        ("param.n_ignored", "param.n_ignord", "did you mean param.n_ignored"),
        ("number=1", "other=1", "the probe counts gives the template 'received {number}' no value for number"),
        ("{number}", "{0}", "the probe counts has a malformed template"),
        (
            'ignored("param.n_ignored"',
            'wrong_answer(evidence.last, "param.n_ignord"',
            "names the fault kind 'param.n_ignord'",
        ),
        ("def counts", "def ", "line 3: invalid syntax"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    """The sentence names the file, the line, the probe and what is wrong."""
    path = write(tmp_path, SOUND.replace(right, wrong))
    with pytest.raises(GateprobeError) as caught:
        check(path, fault_kinds())
    assert str(caught.value).startswith(f"{path}, line ")
    assert problem in str(caught.value)


def test_what_is_right_passes(tmp_path: Path) -> None:
    """A kind that exists and a template with its values pass; so does a choice between two kinds."""
    check(write(tmp_path, SOUND), fault_kinds())
    check(
        write(tmp_path, SOUND.replace('"param.n_ignored"', '"image.missing" if claim else "param.n_ignored"')),
        fault_kinds(),
    )


def test_a_helper_is_named_as_a_function(tmp_path: Path) -> None:
    """A function that is no probe is named as a function."""
    source = "def helper(evidence):\n    return refused('nothing', 'x')\n"
    with pytest.raises(GateprobeError, match="line 2: the function helper names the fault kind 'nothing'"):
        check(write(tmp_path, source), fault_kinds())


def test_each_choice_is_checked(tmp_path: Path) -> None:
    """Of a choice between two kinds, both must exist."""
    source = SOUND.replace('"param.n_ignored"', '"image.mising" if claim else "param.n_ignored"')
    with pytest.raises(GateprobeError, match=r"image\.mising"):
        check(write(tmp_path, source), fault_kinds())


def test_an_unchanged_module_is_not_read_again(tmp_path: Path) -> None:
    """Where Python's cache holds this very source, it was loaded before: starting costs nothing."""
    path = write(tmp_path, SOUND.replace("param.n_ignored", "nothing"))
    py_compile.compile(str(path), doraise=True)
    check(path, fault_kinds())
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(GateprobeError, match="nothing"):
        check(path, fault_kinds())


def test_the_shipped_probes_pass(tmp_path: Path) -> None:
    """Every probe module that gateprobe ships passes, whatever is in Python's cache."""
    for source in PROBES.rglob("*.py"):
        check(write(tmp_path, source.read_text(encoding="utf-8")), fault_kinds())
