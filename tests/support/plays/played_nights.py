"""Nights of several gateways on loopback, played through the real command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final

import orjson

from gateprobe.gateway import dumps, find
from gateprobe.model import Stance
from gateprobe.record import file as record
from gateprobe.reference import serve
from tests.support.plays.nights_script import NIGHTS, Out, Scripted

ROOT: Final = Path(__file__).resolve().parents[3]

_COMMAND: Final = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"
_EDITED: Final = "images.generate.stream"
_OLD: Final = """\
    return honoured("models listed: {total}", total=total)
"""
_NEW: Final = (
    """\
    created = {entry.get("created") for entry in _entries(exchange)}
    if len(ids) > 1 and len(created) == 1:
        return malformed("models.list_wrong", "all {total} models were made in the same second", total=total)
"""
    + _OLD
    + """

@probe("models.list", needs=models_list, since="2026.12")
def models_list_is_sorted(evidence: Evidence, claim: Claim) -> Finding:
    '''The models list is in the order of its ids.'''
    ids = _ids(evidence.last)
    if ids == sorted(ids):
        return honoured("the ids are in order")
    return malformed("models.list_wrong", "the ids of {number} models are in no order", number=len(ids))
"""
)
"""What a newer gateprobe has in `probes/models.py` for a line of ours: a stricter probe, and a new one."""


@dataclass(frozen=True, slots=True)
class PlayedNight:
    """What came of a night: the exit code of the command, its folder, what it said (None where it was killed)."""

    number: int
    script: Scripted
    exit_code: int
    folder: Path
    summary: Mapping[str, Any] | None
    alarms: frozenset[str]
    seconds: float

    @property
    def codes(self) -> tuple[int, ...] | None:
        """The exit codes by policy."""
        return tuple(self.summary["exit_codes"].values()) if self.summary else None

    @property
    def faults(self) -> Iterator[str]:
        """What is not as it was written beforehand."""
        if self.codes != self.script.codes:
            yield f"exit codes {self.codes}, not {self.script.codes}"
        if self.summary and self.exit_code != self.summary["exit_codes"][self.script.fail_on]:
            yield f"the command exited {self.exit_code}, which is no code of --fail-on {self.script.fail_on}"
        if woken := self.alarms - self.script.wakes:
            yield f"a false worse: {', '.join(sorted(woken))}"
        if self.script.wakes and not self.alarms:
            yield f"nobody was woken for {', '.join(sorted(self.script.wakes))}"


class _Failing(BaseHTTPRequestHandler):
    """Answers everything with 503, or with nothing at all until the server ends."""

    silent: ClassVar[bool] = False
    heard: ClassVar[threading.Event]
    over: ClassVar[threading.Event]

    def do_GET(self) -> None:
        """Fail."""
        self.heard.set()
        if self.silent:
            self.over.wait()
            return
        body = b'{"error": {"message": "Service unavailable", "type": "server_error", "param": null, "code": null}}'
        self.send_response(503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names that the server looks for

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def failing(port: int, *, silent: bool) -> Iterator[threading.Event]:
    """Serve a gateway that is out; give the event of its first request."""

    class Handler(_Failing):
        heard, over = threading.Event(), threading.Event()

    Handler.silent = silent
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Handler.heard
    finally:
        Handler.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Stage:
    """Where the nights take place: a folder with the gateways' files, the nights, and a newer gateprobe."""

    folder: Path
    expression: str = ""
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """The folder of nights."""
        return self.folder / "nights"

    def set(self) -> None:
        """Assign a port to each gateway, write the gateway files, and copy a newer gateprobe."""
        for name in dict.fromkeys(name for scripted in NIGHTS for name in scripted.asked):
            with serve(name) as served:
                self.ports[name] = int(served.url.rpartition(":")[2].partition("/")[0])
            gateway = replace(find(name), base_url=f"http://127.0.0.1:{self.ports[name]}/v1")
            (self.folder / f"{name}.toml").write_text(dumps(gateway), "utf-8")
        ofox = find("ofox")
        promised = replace(next(iter(ofox.claims.values())), stance=Stance.OFFERED, values=(), manner="")
        edited = replace(
            ofox,
            base_url=f"http://127.0.0.1:{self.ports['ofox']}/v1",
            claims={**ofox.claims, _EDITED: replace(promised, capability=_EDITED)},
        )
        (self.folder / "edited").mkdir()
        (self.folder / "edited" / "ofox.toml").write_text(dumps(edited), "utf-8")
        newer_gateprobe(self.folder / "newer")

    def files(self, script: Scripted) -> list[str]:
        """Return the gateways' files of a night."""
        return [
            str(Path("edited" if script.edited and name == "ofox" else "") / f"{name}.toml") for name in script.asked
        ]

    def play(self, number: int, script: Scripted) -> PlayedNight:
        """Run one night."""
        before = set(self.store.glob("*"))
        began = time.perf_counter()
        with ExitStack() as stack:
            keys, heard = {}, None
            for name in script.asked:
                if out := script.out.get(name):
                    keys[find(name).key.env] = "sk-of-a-gateway-that-is-out"
                    if out is not Out.REFUSED:
                        event = stack.enter_context(failing(self.ports[name], silent=out is Out.SILENT))
                        heard = event if out is Out.SILENT else None
                    continue
                faults = script.faults.get(name, ())
                served = stack.enter_context(serve(name, port=self.ports[name], faults=faults))
                keys[find(name).key.env] = served.key
            code = self._night(script, keys, heard)
        (folder,) = (path for path in set(self.store.glob("*")) - before if path.is_dir())
        return _played(number, script, code, folder, time.perf_counter() - began)

    def _night(self, script: Scripted, keys: dict[str, str], heard: threading.Event | None) -> int:
        """Run the command to its end; where a gateway is silent, kill it as soon as that one has been asked."""
        what = ["-k", self.expression] if self.expression else []
        environment = {
            name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))
        }
        newer = {"PYTHONPATH": str(self.folder / "newer")} if script.newer else {}
        command = ["night", *self.files(script), "--store", "nights", "--fail-on", script.fail_on, *what]
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _COMMAND, *command],
            cwd=self.folder,
            env=environment | keys | newer,
            stdout=subprocess.DEVNULL,
        )
        if heard is not None:
            heard.wait()
            process.kill()
        return process.wait()


def newer_gateprobe(folder: Path) -> None:
    """Copy this gateprobe, and change what a newer one would have changed: its version and a module of probes."""
    for name in ("gateprobe", "probes", "schemas", "gateways"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, (old, new) in {
        folder / "probes" / "models.py": (_OLD, _NEW),
        folder / "gateprobe" / "__init__.py": ('"0.1.0"', '"0.2.0"'),
    }.items():
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{path} is not as this benchmark knows it"
        path.write_text(text.replace(old, new), "utf-8")


def _played(number: int, script: Scripted, code: int, folder: Path, seconds: float) -> PlayedNight:
    path = folder / "night.json"
    summary = orjson.loads(path.read_bytes()) if path.is_file() else None
    woken = set(summary["alarms"]) if summary else set()
    alarms = {f"{entry.capability}@{entry.gateway}" for entry in record.load(folder).records if entry.item in woken}
    return PlayedNight(number, script, code, folder, summary, frozenset(alarms), seconds)


def nights(stage: Stage, script: Sequence[Scripted] = NIGHTS) -> Iterator[PlayedNight]:
    """Play one night after the other."""
    for number, scripted in enumerate(script, 1):
        yield stage.play(number, scripted)


def numbered(paragraph: str, played: Sequence[PlayedNight]) -> str:
    """Return a paragraph with the numbers of nights in place of their times, which differ each time it is played."""
    summary = played[-1].summary or {}
    numbers = {night.folder.name: night.number for night in played}
    since, good = (f"night {numbers.get(summary.get(name) or '', 0)}" for name in ("compared_with", "last_good"))
    text = re.sub(r"^Since [^:]+(:\d\d)?: ", f"Since {since}: ", paragraph)
    return re.sub(r"The last good night was [0-9-]+( \d\d:\d\d)?", f"The last good night was {good}", text)
