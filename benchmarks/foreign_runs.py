"""Run folders of strangers through every command: nothing outside is read or written, no verdict changes in silence.

    python benchmarks/foreign_runs.py [-k WORDS]

Each attack of `tests/support/hostile/hostile_runs.py` changes a copy of an honest run, and every command that reads a
run is given it. A line is printed for each attack, with the exit codes; the program exits with 1 where a file outside
was opened, made or changed, where gateprobe itself failed, or where a changed run was accepted without a word.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.hostile.hostile_runs import ATTACKS, SECRET, make_outside, outcome, state

HARMLESS: Final = frozenset(
    {
        *("the page is a link", "the pictures are a link", "the page of changes is a link", "the night is a link"),
        *("the lock is a link", "the temporary file is a link", "the temporary file is a second name"),
        *("an unknown file is a link", "an unknown folder is a link", "a part of a body is a folder"),
        *("a journal has a second name", "a body's length is huge", "a gateway's name is long"),
    }
)
"""Attacks that change nothing of what is judged."""


def commands(room: Path, run: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every command that reads a run, by a short name; the ones that change it last."""
    honest = str(room / "honest")
    for form in ("text", "json", "junit", "csv", "badge", "markdown"):
        yield f"report {form}", ("report", run, "--format", form)
    yield "check", ("check", run)
    yield "baseline", ("baseline", run)
    yield "compare", ("compare", run, honest, "-o", str(room / "compare.html"))
    yield "diff", ("diff", honest, run)
    yield "diff html", ("diff", honest, run, "--format", "html", "--rejudge")
    yield "diff back", ("diff", run, honest, "--rejudge")
    yield "pack", ("pack", run, "-o", str(room / "packed.tar.gz"))
    yield "combine", ("combine", run, str(room / "other"), "--out", str(room / "combined"))
    yield "history", ("history", str(room / "store"))
    yield "prune", ("prune", str(room / "store"), "--older-than", "1", "--keep", "0", "--dry-run")
    night = ("night", "openai", "--embedded", "--tier", "smoke", "-p", "models_are_listed")
    yield "night", (*night, "--store", str(room / "store"))
    yield "report", ("report", run)
    yield "judge", ("judge", run)
    yield "resume", ("audit", "--resume", run)
    yield "report after", ("report", run, "--format", "text")


def tried(name: str, honest: Path, other: Path, room: Path) -> tuple[list[str], list[str]]:
    """Return the exit codes of all commands on an attacked run, and what went wrong."""
    outside, wrong, codes = make_outside(room / "outside"), [], []
    run = room / "store" / "2026-11-21T000000Z"
    for source, target in ((honest, run), (honest, room / "honest"), (other, room / "other")):
        shutil.copytree(source, target)
    ATTACKS[name](run, outside)
    before = state(outside)
    for command, arguments in commands(room, str(run)):
        done = outcome(outside, *arguments)
        codes.append(f"{command} {done.code}")
        if done.code == 11 or "Traceback" in done.text:
            wrong.append(f"{command} failed: {done.text[-300:]}")
        if done.opened:
            wrong.append(f"{command} opened {done.opened[:2]}")
        if SECRET.decode() in done.text:
            wrong.append(f"{command} printed the secret")
        if name not in HARMLESS and done.code in (0, 10) and command in _JUDGING and not _said(done.text):
            wrong.append(f"{command} said nothing: {done.text[:200]}")
    after = state(outside)
    if after != before:
        changed = [path for path in after | before if after.get(path) != before.get(path)]
        wrong.append(f"outside changed: {changed}")
    inside = {path: data for path, data in state(room).items() if not path.startswith("outside/")}
    wrong += [f"{path} contains the secret" for path, data in inside.items() if SECRET in data and "tmp" not in path]
    return codes, wrong


_JUDGING: Final = ("report text", "judge", "diff", "compare")


def _said(text: str) -> bool:
    return any(words in text for words in ("judged elsewhere", "captured elsewhere", "comes from elsewhere"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each attack; 1 where one succeeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="word", default="", help="only attacks whose name contains this")
    asked, succeeded = parser.parse_args(arguments), 0
    names = [name for name in ATTACKS if asked.word in name]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        os.environ["XDG_STATE_HOME"] = str(base / "state")
        os.chdir(base)
        for name in ("openai", "xai-router"):
            print(
                outcome(base / "none", "audit", name, "--embedded", "--tier", "smoke", "--out", str(base / name)).code
            )
        os.environ["XDG_STATE_HOME"] = str(base / "elsewhere")
        for number, name in enumerate(names):
            room = base / str(number)
            room.mkdir()
            codes, wrong = tried(name, base / "openai", base / "xai-router", room)
            succeeded += bool(wrong)
            print(f"{'WRONG' if wrong else 'held':<6}{name:<40}{', '.join(codes)}", flush=True)
            for line in wrong:
                print(f"        {line}", flush=True)
    print(f"{len(names)} malicious run folders, {succeeded} that succeed")
    return int(bool(succeeded))


if __name__ == "__main__":
    sys.exit(main())
