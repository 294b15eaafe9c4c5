"""The journal of one scenario: a line before a request leaves, and a line when it has been answered."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Self

import orjson

from gateprobe import files
from gateprobe.codec import to_plain
from gateprobe.evidence import Attempt, Defect, Exchange, Failure
from gateprobe.model import Json
from gateprobe.redact import Redactor
from gateprobe.request import Body, FormBody, JsonBody, RawBody, Request
from gateprobe.scenario import ScenarioRun
from gateprobe.store.bodies import Bodies
from gateprobe.store.codec import request_to_json


@dataclass
class ScenarioLog:
    """The file of one scenario, open for writing line by line."""

    path: Path
    bodies: Bodies
    redactor: Redactor
    _file: BinaryIO = field(init=False, repr=False)

    def __enter__(self) -> Self:
        """Open the file, to write at its end; half a line that a crash left there is cut off first."""
        self._file = files.open_end(self.bodies.run, self.path)
        if self._file.tell():
            self._file.seek(0)
            self._file.truncate(self._file.read().rfind(b"\n") + 1)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def begin(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Write what this scenario is."""
        plain = {
            "gateway": gateway,
            "scenario": scenario_run.scenario.name,
            "value": scenario_run.value,
            "statement": scenario_run.scenario.statement,
        }
        self._write("scenario", plain)

    def resumed(self) -> None:
        """Write that the scenario goes on where it stopped."""
        self._write("resumed", {})

    def sent(self, step: int, number: int, request: Request) -> None:
        """Write that a request is about to leave; one that buys is on the disk itself then, should the power fail."""
        clean = clean_request(request, self.redactor)
        self._write("sent", {"step": step, "number": number, "request": request_to_json(clean, self.bodies)})
        if request.buys:
            os.fsync(self._file.fileno())

    def received(self, step: int, attempt: Attempt) -> None:
        """Write what an attempt brought."""
        clean = _clean_attempt(attempt, self.redactor)
        self._write("received", {"step": step, "attempt": to_plain(clean)})

    def copy(self, step: int, exchange: Exchange, column: str) -> None:
        """Write an answer that another column of the same provider has: it was asked and paid for once."""
        request = request_to_json(clean_request(exchange.request, self.redactor), self.bodies)
        for attempt in exchange.attempts:
            clean = to_plain(_clean_attempt(attempt, self.redactor))
            self._write("sent", {"step": step, "number": attempt.number, "request": request, "column": column})
            self._write("received", {"step": step, "attempt": clean})

    def end(self, blocked: Failure | None) -> None:
        """Write that the scenario is over, and what stopped it."""
        self._write("end", {"blocked": to_plain(_clean_failure(blocked, self.redactor))})

    def _write(self, kind: str, value: dict[str, Json]) -> None:
        self._file.write(orjson.dumps({"kind": kind} | value, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()


def _clean_failure(failure: Failure | None, redactor: Redactor) -> Failure | None:
    return None if failure is None else replace(failure, message=failure.message.with_texts(redactor.text))


def _clean_defect(defect: Defect | None, redactor: Redactor) -> Defect | None:
    return None if defect is None else replace(defect, message=defect.message.with_texts(redactor.text))


def _clean_attempt(attempt: Attempt, redactor: Redactor) -> Attempt:
    """Mask secrets in what a server can have chosen; our own words, such as `sent`, are never part of a secret."""
    return replace(
        attempt,
        headers=redactor.pairs(attempt.headers),
        failure=_clean_failure(attempt.failure, redactor),
        defect=_clean_defect(attempt.defect, redactor),
    )


def clean_request(request: Request, redactor: Redactor) -> Request:
    """Mask secrets in a request, as it is stored."""
    (_, path), (_, note), *query = redactor.pairs((("", request.path), ("", request.note), *request.query))
    return replace(
        request,
        path=path,
        headers=redactor.pairs(request.headers),
        query=tuple(query),
        note=note,
        body=_clean_body(request.body, redactor),
        following=tuple(replace(each, value=redactor.json(each.value)) for each in request.following),
    )


def _clean_body(body: Body, redactor: Redactor) -> Body:
    match body:
        case None:
            return None
        case JsonBody(value):
            return JsonBody(redactor.json(value))
        case RawBody(data):
            return replace(body, data=redactor.bytes(data))
        case FormBody(parts):
            return FormBody(tuple(replace(part, data=redactor.bytes(part.data)) for part in parts))
