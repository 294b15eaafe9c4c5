"""Run the scenarios of several gateways at once: drive the generators, store the answers, start free ones first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.capture.bounds.billing import spent_before
from gateprobe.capture.bounds.budget import Shared
from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.bounds.orders import Orders
from gateprobe.capture.bounds.throttling import Circuit, Halt, Pace
from gateprobe.capture.driver import ScenarioDriver, worth_another_try
from gateprobe.capture.events import CaptureListener, ignore
from gateprobe.capture.order import descriptors, gateways_at_once, rare_collections, waves
from gateprobe.capture.sender import Sender
from gateprobe.capture.sharing import CombinedAnswers, OtherColumns
from gateprobe.capture.slots import Slots
from gateprobe.capture.transport.connections import connections
from gateprobe.capture.transport.links import LinkFetcher
from gateprobe.errors import UsageError
from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway
from gateprobe.model import EMPTY
from gateprobe.plan.budget import Budget
from gateprobe.plan.planning import first_step
from gateprobe.redact import Redactor
from gateprobe.request import Together
from gateprobe.scenario import ScenarioRun
from gateprobe.store.folder import Stored, bodies_of, path_of, read_stored

PATIENT: Final = 4
"""How many failures in a row end the capture of a gateway, until a pause is over."""
_SLOW: Final = 0.75  # the share of the longest time for an answer that one without a picture never needs


@dataclass(frozen=True, slots=True)
class Audited:
    """One gateway to capture: its key, the scenarios in order, their budget, and the number at once."""

    gateway: Gateway
    secret: str = field(repr=False)
    scenario_runs: tuple[ScenarioRun, ...]
    budget: Budget = field(default_factory=Budget)
    jobs: int = 4
    per_minute: int | None = None
    cut: frozenset[str] = frozenset()
    """Scenarios that the budget does not reach: recorded as not sent."""
    seed: int = 0
    """The seed of the run, from which scenarios draw."""
    patience: int = PATIENT
    """How many failures in a row open the circuit."""
    absent: Mapping[str, Failure] = field(default_factory=lambda: EMPTY)
    """Why scenarios are not sent, by the path that they would ask first: the endpoint does not exist."""
    columns: tuple[str, ...] = ()
    """The names of the same provider with other image models, whose answers it shares."""
    combined: tuple[ScenarioRun, ...] = ()
    """Scenarios that stand for others. They are sent after the free ones, and the others take over their answers."""


def capture(
    audited: Sequence[Audited],
    folder: Path,
    redactor: Redactor,
    limits: AttemptLimits | None = None,
    listener: CaptureListener = ignore,
    *,
    stopped: bool = False,
) -> bool:
    """Capture all gateways at once into a run folder; return whether the user stopped it.

    Stored requests are not sent again. Where the user has `stopped` the audit already, nothing is sent.

    The system's limit of open files (`ulimit -n`, raised to its maximum) determines the number of gateways at a time;
    the others follow as these end.

    Raises:
        OSError: the folder cannot be written.
        BrokenRunError: the stored evidence cannot be read.
    """
    try:
        with rare_collections():
            return asyncio.run(
                _capture(audited, folder, redactor, limits or AttemptLimits(), listener, stopped=stopped)
            )
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except ExceptionGroup as group:
        first = _first(group)
        if isinstance(first, UsageError | OSError):
            raise first from None
        raise


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Return the first exception of a group, which is enough for an error message."""
    inner: Exception = group
    while isinstance(inner, ExceptionGroup):
        inner = inner.exceptions[0]
    return inner


async def _capture(
    audited: Sequence[Audited],
    folder: Path,
    redactor: Redactor,
    limits: AttemptLimits,
    listener: CaptureListener,
    *,
    stopped: bool,
) -> bool:
    halt, shared = Halt(), Shared()
    if stopped:
        halt.stop()
    for target in audited:
        if target.budget.total is not None:
            before = read_stored(folder, target.gateway.name).values()
            shared.usd[target.gateway.name] = spent_before(target.budget, target.gateway, before).usd

    async def run(columns: Sequence[Audited]) -> None:
        """Capture the image models of one provider one after another, so that each shares the answers before it."""
        for target in columns:
            safe = redactor.for_gateway(target.secret)
            await _gateway(target, folder, safe, limits, listener, halt=halt, shared=shared)

    providers: dict[str, list[Audited]] = {}
    for target in audited:
        providers.setdefault(target.gateway.provider, []).append(target)
    with _stoppable(halt), descriptors() as limit:
        jobs = max((target.jobs for target in audited), default=1)
        await Slots(gateways_at_once(limit, jobs)).each(run, list(providers.values()))
    return halt.requested


@contextmanager
def _stoppable(halt: Halt) -> Iterator[None]:
    """Handle SIGINT and SIGTERM: the first lets running requests finish, the second stops the capture at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        if halt.requested and task is not None:
            task.cancel()
        halt.stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop)
    except (NotImplementedError, ValueError, RuntimeError):  # no such signals, or not the main thread
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _gateway(
    target: Audited,
    folder: Path,
    redactor: Redactor,
    limits: AttemptLimits,
    listener: CaptureListener,
    *,
    halt: Halt,
    shared: Shared,
) -> None:
    bodies = bodies_of(folder)
    files.make_folder(folder, bodies.folder)
    stored = read_stored(folder, target.gateway.name)
    if target.gateway.embedded:
        stored = _without_half_done(target, folder, stored)
    spent = spent_before(target.budget, target.gateway, stored.values())
    spent.shared = shared
    documented = target.gateway.limits
    limits = limits.extended(documented.timeout_seconds)
    circuit = Circuit(target.patience, limits.cooldown, slow=_SLOW * limits.total)
    pace = Pace(
        target.per_minute or documented.requests_per_minute,
        documented.images_per_minute,
        limits.longest_pause,
        limits.pause,
    )

    others = OtherColumns({name: read_stored(folder, name) for name in target.columns})
    links = LinkFetcher(target.gateway, limits)
    slots = Slots(target.jobs)
    orders = Orders(target.gateway.tasks, lent=slots.lent)
    for scenario in stored.values():
        for exchange in scenario.evidence.exchanges:
            orders.observe(exchange)

    async def run(scenario_run: ScenarioRun) -> None:
        async with connections(target.gateway) as ways:
            sender = Sender(
                target.gateway,
                target.secret,
                ways,
                redactor,
                bodies,
                spent,
                limits,
                links,
                halt,
                pace,
                circuit,
                target.seed,
            )
            before, cut = stored.get(scenario_run.id), scenario_run.id in target.cut
            driver = ScenarioDriver(
                sender, scenario_run, listener, before, orders, cut, target.seed, target.absent, others, combined
            )
            await driver.run(folder)

    put_off: list[ScenarioRun] = []
    combined = CombinedAnswers(target.gateway)

    async def run_or_put_off(scenario_run: ScenarioRun) -> None:
        if circuit.may_recover:
            put_off.append(scenario_run)
        else:
            await run(scenario_run)

    for wave in waves(target.scenario_runs, target.jobs, target.combined, _late(target)):
        await slots.each(run_or_put_off, wave)
        if target.combined:
            combined.captured = read_stored(folder, target.gateway.name)
    if put_off:
        await halt.sleep(circuit.rest)
        # A single scenario tests whether the gateway answers again: a free one, where it is pictures that always fail.
        trial = min(put_off, key=lambda scenario_run: bool(scenario_run.images))
        await run(trial)
        await slots.each(run, [scenario_run for scenario_run in put_off if scenario_run is not trial])


def _late(target: Audited) -> frozenset[str]:
    """Return the free scenarios that use up the budget where a gateway draws mistakes, or whose answer is left.

    Where combined pictures need the budget, these are sent after all that buys.
    """
    late = set()
    for run in target.scenario_runs if target.combined else ():
        step = first_step(target.gateway, run)
        requests = step.requests if isinstance(step, Together) else (step,)
        sent = [request for request in requests if request is not None]
        if not run.images and any(request.asks_for_picture or request.leave_after for request in sent):
            late.add(run.id)
    return frozenset(late)


def _without_half_done(target: Audited, folder: Path, stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """Restart the unfinished scenarios of an embedded gateway: it lost its state with its process, and it is free."""
    half = [
        scenario_run.id
        for scenario_run in target.scenario_runs
        if (scenario := stored.get(scenario_run.id)) is not None
        and (not scenario.ended or worth_another_try(scenario, scenario_run))
    ]
    for name in half:
        path_of(folder, target.gateway.name, name).unlink()
    return {name: scenario for name, scenario in stored.items() if name not in half}
