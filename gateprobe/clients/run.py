"""Run a client in a process of its own, with a time limit and without any secret in its environment."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from gateprobe.clients.job import Job
from gateprobe.clients.known import Client
from gateprobe.clients.outcome import Outcome
from gateprobe.clients.server import replaying
from gateprobe.model import Json

SECONDS: Final = 60.0
"""How long one client may take for all answers; what it has not read by then is its failure."""

_PASSED: Final = ("HOME", "LANG", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


def read_by(
    client: Client, jobs: Sequence[Job], environment: Mapping[str, str], seconds: float = SECONDS
) -> tuple[Outcome, ...]:
    """Have a client read answers, and return an outcome for each; none where the client is not installed.

    Of the environment, the client is given only what a process needs to run.
    """
    located = client.command(environment)
    readable = [job for job in jobs if job.task in client.tasks]
    if located is None or not readable:
        return ()
    command, folder = located
    with replaying(readable) as address:
        asked = [
            {"job": number, "task": job.task, "url": f"{address}/{number}/v1"} for number, job in enumerate(readable)
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                command,
                cwd=folder,
                env={name: environment[name] for name in _PASSED if name in environment},
                input=orjson.dumps(asked),
                capture_output=True,
                timeout=seconds,
                check=False,
            )
            printed, words = done.stdout, done.stderr.decode("utf-8", "replace").strip()
            ended = words.splitlines()[-1] if words else f"it ended with status {done.returncode}"
        except subprocess.TimeoutExpired as late:
            printed, ended = late.stdout or b"", f"no end within {seconds:g} s"
    answers = _answers_by_job(printed)
    return tuple(Outcome.of(job, answers.get(number, {"raised": ended})) for number, job in enumerate(readable))


def _answers_by_job(printed: bytes) -> Mapping[int, Json]:
    """Read the lines that a program printed, by the number of their job; what is no such line is passed over."""
    answers: dict[int, Json] = {}
    for line in printed.splitlines():
        try:
            plain = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(plain, dict) and isinstance(plain.get("job"), int):
            answers[plain["job"]] = plain
    return answers
