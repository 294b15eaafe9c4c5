"""A key in every spelling, and every command that writes: what a hostile gateway echoes is in no file in clear.

    python benchmarks/writers.py

Two nights audit a gateway that echoes its key in all spellings of `tests/support/spellings.py`. Then every command that
renders or copies runs is called, once with the key in its environment and once without it, as on a reader's machine.
Prints the number of files for each command; exits 1 where one of them, or the terminal, shows a spelling of the key.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.formats import FORMATS
from tests.support.loopback import raw_server, reply
from tests.support.servers.programs import free_port
from tests.whole.test_secrets import KEYS, PROGRAM, a_hostile_gateway, leaks

KEY: Final = KEYS[1] + KEYS[2]
SECONDS: Final = 300
DESIGNED: Final = (0, 1, 10)
SMOKE: Final = ("--tier", "smoke", "--answer-timeout", "3")
NOT_OF_READERS: Final = ("night", "audit", "judge", "combine", "baseline", "relay", "discover")
"""Commands that a reader of a run, who has no key, does not need."""


def commands(url: str, chat: str) -> Iterator[tuple[str, ...]]:
    """Yield every command that writes, in an order in which each finds what it reads."""
    night = ("night", url, "--store", "nights", "--answer-timeout", "3", "--jobs", "8", "--junit", "n.xml")
    chats = ("--notify", f"{chat}/hook/0123456789")
    yield (*night, *chats, "--markdown", "n.md", "--annotations", "github", "--metrics", "n.prom", "-v")
    yield (*night, *chats, "--tier", "smoke", "-v")
    yield ("audit", url, "--out", "run", *SMOKE, "--junit", "a.xml", "-v")
    for form in FORMATS:
        yield ("report", "run", "--format", form, "-o", f"report.{form}")
    for form in ("html", "text", "markdown"):
        yield ("--lang", "zh", "report", "run", "--format", form, "-o", f"zh.{form}")
    yield ("--lang", "zh", "judge", "run")
    yield ("har", "run", "-o", "run.har")
    yield ("judge", "run")
    yield ("diff", "run", "run")
    yield ("history", "nights")
    yield ("combine", "run", "--out", "combined")
    yield ("compare", "run", "combined", "--out", "compare.html")
    yield ("baseline", "run", "-o", "baseline.toml")
    yield ("pack", "run", "--out", "packed.tar.gz")
    yield ("relay", url, *SMOKE, "--out", "relay", "--upstream-port", str(free_port()), "-v")
    yield ("discover", url, *SMOKE, "--run", "discovered", "-o", "discovered.toml")


def everything(folder: Path) -> dict[Path, bytes]:
    """Return every file by its path, those inside of archives too."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for archive in [path for path in files if path.suffixes[-2:] == [".tar", ".gz"]]:
        with tarfile.open(archive) as packed:
            files |= {
                archive / member.name: file.read()
                for member in packed
                if (file := packed.extractfile(member)) is not None
            }
    return files


def main() -> int:
    """Call all commands; return 1 where a spelling is shown."""
    plain = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    bad = 0
    hostile, service = raw_server(a_hostile_gateway(KEY)), raw_server(reply())
    with tempfile.TemporaryDirectory() as folder, hostile as server, service as chat:
        room, seen = Path(folder), set[Path]()
        for command in commands(server.url, chat.url):
            for environment in (plain | {"GATEPROBE_API_KEY": KEY}, plain):
                if environment is plain and command[0] in NOT_OF_READERS:
                    continue
                done = subprocess.run(  # noqa: S603 - our own command
                    [sys.executable, "-c", PROGRAM, *command],
                    env=environment,
                    cwd=room,
                    capture_output=True,
                    timeout=SECONDS,
                    check=False,
                )
                files = everything(room) | {Path("terminal"): done.stdout + done.stderr}
                files[Path("chat")] = b"".join(chat.heard)
                found = leaks(KEY, files)
                bad += len(found) + (done.returncode not in DESIGNED)
                new = files.keys() - seen
                seen |= files.keys()
                told = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] if done.returncode == 2 else []
                print(
                    f"{' '.join(command)[:60]:<62}exit {done.returncode}, {len(new)} new files, {len(found)} leaks",
                    *told,
                )
                for path, form in found[:5]:
                    print(f"  {path}: {form[:60]!r}")
    print(f"{bad} leaks or ends that were not designed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
