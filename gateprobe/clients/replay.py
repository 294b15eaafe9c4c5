"""The step after capture: let every client that is here read what came, and store what each made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from gateprobe.clients.job import Job, jobs_of
from gateprobe.clients.known import CLIENTS, Client
from gateprobe.clients.outcome import OUTCOME_TYPE, Outcome
from gateprobe.clients.run import read_by
from gateprobe.evidence import Attempt, Evidence, Failure
from gateprobe.message import message
from gateprobe.model import Cause, Tier
from gateprobe.probe import REPLAYS
from gateprobe.redact import Redactor
from gateprobe.request import Request
from gateprobe.scenario import Scenario, Steps
from gateprobe.store import folder as store
from gateprobe.store.journal import ScenarioLog


def replay(folder: Path, gateways: Iterable[str], environment: Mapping[str, str]) -> None:
    """Replay a run's evidence of some gateways to every client; what earlier replays left there is replaced.

    Clients run side by side, each in one process for all gateways. Of one that is not installed, that is stored.
    """
    names = list(gateways)
    jobs = {name: jobs_of(_answers(folder, name)) for name in names}
    every = [job for name in names for job in jobs[name]]
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        outcomes = dict(
            zip(CLIENTS, pool.map(lambda client: read_by(client, every, environment), CLIENTS.values()), strict=True)
        )
    for client in CLIENTS.values():
        read = iter(outcomes[client.name])
        is_here = client.command(environment) is not None
        for name in names:
            readable = [job for job in jobs[name] if job.task in client.tasks]
            if readable and not is_here:
                _keep_absence(folder, name, client)
                continue
            _keep(folder, name, client, readable, [outcome for _, outcome in zip(readable, read, strict=False)])


def _answers(folder: Path, gateway: str) -> dict[str, Evidence]:
    return {name: evidence for name, evidence in store.read(folder, gateway).items() if not name.startswith(REPLAYS)}


def _steps(_gateway: object) -> Steps:
    yield from ()


def _keep_absence(folder: Path, gateway: str, client: Client) -> None:
    """Write that a client is not installed, and the command that installs it."""
    missing = Failure(
        Cause.HARNESS,
        message("{client} is not installed", client=client.title),
        optional=True,
        install=client.install,
    )
    path = store.path_of(folder, gateway, client.scenario_run)
    path.unlink(missing_ok=True)
    with ScenarioLog(path, store.bodies_of(folder), Redactor([])) as log:
        log.begin(gateway, _scenario(client, f"Give recorded answers to {client.title}.").of())
        log.end(missing)


def _scenario(client: Client, statement: str) -> Scenario:
    return Scenario(client.scenario_run, statement, _steps, Tier.NIGHTLY, 0, 0, takes_value=False)


def _keep(folder: Path, gateway: str, client: Client, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Write what a client read as a scenario of its own, which bought nothing."""
    path, bodies = store.path_of(folder, gateway, client.scenario_run), store.bodies_of(folder)
    path.unlink(missing_ok=True)
    if not outcomes:
        return
    statement = f"Give recorded answers to {client.title} {outcomes[0].version}."
    scenario = _scenario(client, statement)
    with ScenarioLog(path, bodies, Redactor([])) as log:
        log.begin(gateway, scenario.of())
        for step, (job, outcome) in enumerate(zip(jobs, outcomes, strict=True)):
            request = job.exchange.request
            log.sent(step, 1, Request(request.method, request.path, note=f"recorded in {job.scenario}, replayed"))
            body = outcome.dumps()
            log.received(
                step,
                Attempt(
                    number=1,
                    started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    elapsed_ms=0.0,
                    status=200,
                    headers=(("content-type", OUTCOME_TYPE),),
                    sha256=bodies.put(body),
                    length=len(body),
                    wire_length=len(body),
                ),
            )
        log.end(None)
