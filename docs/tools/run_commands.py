"""Run every command of README.md, README.zh-CN.md and the pages of docs/, as printed.

    python docs/tools/run_commands.py                        every page, several minutes
    python docs/tools/run_commands.py docs/howto/dispute.md  one page
    python docs/tools/run_commands.py --list                 what would be run, and in place of what

Each page gets an empty folder, the files that it shows, and one bash for all its commands, so each command finds what
the commands before it wrote. `gateprobe` is that of this checkout. Nothing leaves this machine: SUBSTITUTIONS replaces
what needs an account or another host, and NOT_RUN names what needs the network. Exits 1 where a command ends with
another code than expected.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docs.tools.commands import DOCUMENTS, ROOT, commands, files
from gateprobe.reference import serve

SUBSTITUTIONS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"^python3 -m venv \.venv && \.venv/bin/pip install -e \. && (?=\.venv/bin/gateprobe)",
        "",
        "`.ci/run` makes the environment of the README",
    ),
    (r"\.venv/bin/(?=gateprobe)", "", "gateprobe is in the path"),
    (r"^pip install (?:--quiet )?\./gateprobe", "true", "gateprobe is installed"),
    (
        r"\bpytest probes ",
        "pytest --embedded $CHECKOUT/probes ",
        "accounts at the gateways, and the checkout as its folder",
    ),
    (r"\b(gateprobe (?:audit|night)) (?=openai\b|--store)", r"\1 --embedded ", "an account at the gateway"),
    (r"https://gateway\.example/v1", "$LOOPBACK_URL", "a gateway on another host"),
    (r"https://hooks\.slack\.com/services/…", "$LOOPBACK_URL/webhook", "a webhook on another host"),
    (r"_KEY=\S*…", "_KEY=$LOOPBACK_KEY", "a key"),
    (r"^gateprobe serve ", "background gateprobe serve ", "a server runs until it is stopped"),
)
"""A pattern in a command, what replaces it, and what the command needs that a test does not have."""

NOT_RUN: Final[tuple[tuple[str, str], ...]] = (
    (r"pytest -n 2", "the whole test suite"),
    (r"gateprobe new (?:probe|fault)|pytest tests/", "changes the checkout; `tests/cli/test_new.py` runs it in a copy"),
    (r"\b(?:pip|npm) install\b", "installs from the network"),
    (r"^podman\b", "needs a builder of containers and a base image from the network"),
    (r" -- (?:litellm|node|npx) ", "needs a gateway that is installed from the network"),
)
"""A pattern in a command, and why it is not run here."""

FILES: Final[Mapping[str, str]] = {
    ".gateprobe.env": "export OPENAI_API_KEY=$LOOPBACK_KEY\n",
    "my-gateway": f"""#!{sys.executable}
import os, runpy, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.support.passing import relay
relay.CLIENT_KEY = os.environ.get("GATEPROBE_API_KEY") or os.environ["GATEPROBE_UPSTREAM_KEY"]
sys.argv[1:] = sys.argv[2:]
runpy.run_module("tests.support.passing", run_name="__main__")
""",
}
"""Files of the reader that a page speaks of: the keys of the nights, and a gateway of his own (an honest relay)."""

EXITS: Final[tuple[tuple[str, int], ...]] = (
    (r"gateprobe audit (?:vibeapi )?oversold|gateprobe judge reports/today", 1),
    (r"gateprobe check (?:stream\.sse|answer\.json --asked '\{\"n\")", 1),
)
"""A pattern in a command that must end with another exit code than 0: what it judges is broken on purpose."""

_GATEPROBE: Final = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from gateprobe.cli import main
main()
"""

_PRELUDE: Final = """\
background() { "$@" > served.txt & until [ -s served.txt ]; do sleep 0.05; done; }
trap 'kill $(jobs -p) 2> /dev/null' EXIT
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A command as printed and as run; `reason` states why it is not run."""

    printed: str
    run: str
    reason: str = ""

    @property
    def expected(self) -> int:
        """The exit code that the command must end with."""
        return next((code for pattern, code in EXITS if re.search(pattern, self.printed)), 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it printed; `code` is None if it was not reached."""

    step: Step
    code: int | None
    output: str


def steps(document: str) -> list[Step]:
    """Return the commands of a page as they are run here."""
    return [_step(command) for command in commands(document)]


def _step(printed: str) -> Step:
    command = printed
    for pattern, replacement, _reason in SUBSTITUTIONS:
        command = re.sub(pattern, replacement, command)
    reason = next((reason for pattern, reason in NOT_RUN if re.search(pattern, command)), "")
    program = re.search(r" -- (\S+)", command)
    if program and program[1].removeprefix("./") not in FILES and shutil.which(program[1]) is None:
        reason = reason or f"{program[1]} is not installed"
    return Step(printed, command, reason)


def run(steps: Sequence[Step], folder: Path, environment: Mapping[str, str]) -> list[Outcome]:
    """Run commands one after the other in one bash, in a folder."""
    lines = [_PRELUDE]
    numbered = [(number, step) for number, step in enumerate(steps) if not step.reason]
    lines += [f"{{ {step.run}\n}} > .out-{n} 2>&1 < /dev/null\necho $? > .code-{n}" for n, step in numbered]
    script = "\n".join(lines)
    subprocess.run(  # noqa: S603 - the commands of our own pages
        ["/bin/bash", "--noprofile", "--norc", "-c", script],
        cwd=folder,
        env=dict(environment),
        timeout=900,
        check=False,
    )
    return [Outcome(step, _number(folder / f".code-{n}"), _text(folder / f".out-{n}")) for n, step in numbered]


def _number(path: Path) -> int | None:
    return int(path.read_text()) if path.exists() else None


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""


@contextlib.contextmanager
def prepared(document: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """Make the folder of a page with the files that it shows, and serve the gateway that stands for other hosts."""
    with tempfile.TemporaryDirectory(prefix="gateprobe-docs-") as name, serve("openai") as served:
        folder = Path(name)
        for file, text in (dict(FILES) | files(document)).items():
            (folder / file).write_text(text, "utf-8")
            (folder / file).chmod(0o755)
        tools = folder / ".bin"
        tools.mkdir()
        (tools / "gateprobe").write_text(_GATEPROBE)
        (tools / "gateprobe").chmod(0o755)
        kept = {name: os.environ[name] for name in ("LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
        environment = kept | {
            "HOME": str(folder),
            "PATH": os.pathsep.join((str(tools), str(folder), str(Path(sys.executable).parent), os.environ["PATH"])),
            "CHECKOUT": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "LOOPBACK_URL": served.url,
            "LOOPBACK_KEY": served.key,
        }
        yield folder, environment


def examine(document: str) -> bool:
    """Run the commands of a page, and print how each ended."""
    print(f"== {document}", flush=True)
    planned = steps(document)
    for step in planned:
        if step.reason:
            print(f"   not run ({step.reason}): {step.printed}")
    right = True
    with prepared(document) as (folder, environment):
        started = time.monotonic()
        for outcome in run(planned, folder, environment):
            good = outcome.code == outcome.step.expected
            right = right and good
            print(f"{'ok' if good else 'BAD'} {outcome.code}: {outcome.step.printed}")
            if not good:
                print("\n".join(f"       {line}" for line in outcome.output.splitlines()[-15:]))
        print(f"   {time.monotonic() - started:.1f} s", flush=True)
    return right


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the commands of the named pages, or of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("documents", nargs="*", default=DOCUMENTS, metavar="PAGE")
    parser.add_argument("--list", action="store_true", help="print the commands, and run nothing")
    options = parser.parse_args(arguments)
    if options.list:
        for document in options.documents:
            for step in steps(document):
                print(f"{document}: {step.reason and f'not run ({step.reason}): '}{step.run}")
        return 0
    ended_right = [examine(document) for document in options.documents]
    return 0 if all(ended_right) else 1


if __name__ == "__main__":
    sys.exit(main())
