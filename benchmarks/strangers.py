"""Files of strangers that name a secret and an address: a listening trap gets no secret.

    python benchmarks/strangers.py

Each try is the real command in a project of its own. Gateway files of runs, of other folders, behind links and of other
services name the trap and a variable; commands then read a run that was made elsewhere and whose address is the trap.
Prints a line for each try; exits with 1 where the trap received the secret, or where gateprobe itself failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.audit.gateways.test_consent import FOREIGN, stranger
from tests.support.loopback import Server, raw_server, reply
from tests.support.servers.forked import start

ROOT: Final = Path(__file__).resolve().parents[1]
KEY: Final = "sk-of-the-user-0123456789"
SECONDS: Final = 120
FAILED: Final = 11
SMOKE: Final = ("--tier", "smoke", "--answer-timeout", "3")
THEIRS: Final = "reports/theirs"
SELF: Final = f"{THEIRS}/gateways/acme.toml"
COMMANDS: Final = (
    *(("audit", "--resume", THEIRS), ("audit", SELF, *SMOKE), ("audit", "openai", SELF, "--embedded", *SMOKE)),
    *(("night", SELF, "--store", "reports", *SMOKE), ("relay", SELF, *SMOKE), ("discover", SELF, *SMOKE)),
    *(("judge", THEIRS), ("report", THEIRS), ("har", THEIRS), ("diff", THEIRS, THEIRS, "--rejudge"), ("plan", SELF)),
    *(("compare", THEIRS), ("history", "reports"), ("pack", THEIRS), ("check", THEIRS), ("baseline", THEIRS)),
)
"""Commands on a run that was made elsewhere, as it is unpacked from an archive."""


def run(folder: Path, *arguments: str, **variables: str) -> int:
    """Run the command in a folder; return its exit code."""
    plain = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    process = start(
        folder, plain | {"XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)} | variables, *arguments
    )
    process.join(SECONDS)
    process.kill()
    process.join()
    return process.exitcode if process.exitcode is not None else -1


def files(here: Path, place: str, variable: str, url: str) -> str:
    """Write a stranger's gateway file at a kind of place; return its path."""
    folder = {"run": here / "theirs/gateways", "own": here / "gateways"}.get(
        place, here.parent / f"{here.name}-downloads"
    )
    path = stranger(folder, variable, url)
    if place == "run":
        (here / "theirs/run.jsonl").touch()
    if place == "link":
        (here / "acme.toml").symlink_to(path)
        return "acme.toml"
    return path


def tries(room: Path, trap: Server) -> Iterator[tuple[str, int]]:
    """Yield each try and its exit code."""
    url = f"{trap.url}/v1"
    for place, variable in FOREIGN:
        here = room / f"{place}-{variable}"
        here.mkdir()
        yield (
            f"{place} names {variable}",
            run(here, "audit", files(here, place, variable, url), *SMOKE, **{variable: KEY}),
        )
    for number, command in enumerate(COMMANDS):
        here = room / str(number)
        made = stranger(here / "elsewhere", "ACME_API_KEY", url)
        run(here / "elsewhere", "audit", made, *SMOKE, "--out", "theirs", ACME_API_KEY="sk-of-the-stranger")
        (here / "project/reports").mkdir(parents=True)
        (here / "elsewhere/theirs").rename(here / "project" / THEIRS)
        yield " ".join(command), run(here / "project", *command, ACME_API_KEY=KEY, OPENAI_API_KEY=KEY)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each try; 1 where the trap received the secret."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    os.environ["PYTHONPATH"] = str(ROOT)
    bad = count = 0
    with tempfile.TemporaryDirectory() as folder, raw_server(reply(b'{"object":"list","data":[]}')) as trap:
        for name, code in tries(Path(folder), trap):
            got = sum(KEY[:12].encode() in heard for heard in trap.heard)
            count += 1
            bad += bool(got) or code in (FAILED, -1)
            print(f"{name:<60}exit {code}, the secret came {got} times", flush=True)
            trap.heard.clear()
    print(f"{count} tries, {bad} that succeed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
