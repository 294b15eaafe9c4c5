"""The mutation score of the stream judge: which broken streams it detects, and whether by the right rule."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from gateprobe.model import Level
from gateprobe.stream import AnswerKind, Framing, StreamJudge, Violation
from gateprobe.wire.sse import decode
from tests.support.evidence.streams import all_streams
from tests.support.mutations import OPERATORS, Mutant, Stream, write

FOUND: Final = 0.99
NAMED: Final = 0.95


@dataclass
class Score:
    """What became of the mutants of one operator."""

    made: int = 0
    equivalent: int = 0
    detected: int = 0
    named: int = 0
    first: int = 0
    survivors: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)


def recorded(folder: Path) -> Iterator[Stream]:
    """Return every authentic recorded stream of OpenAI and Azure; a file of several responses gives several."""
    if not (folder / "index.json").is_file():
        return
    for entry in orjson.loads((folder / "index.json").read_bytes()):
        if not (entry["stream"] and entry["authentic"] and entry["provider"] in {"openai", "azure"}):
            continue
        frames = decode((folder / entry["dir"] / "response.sse").read_bytes()).frames
        events = [orjson.loads(frame.data) for frame in frames]
        starts = [n for n, event in enumerate(events) if event["type"] == "response.created"] or [0]
        for start, end in zip(starts, [*starts[1:], len(events)], strict=True):
            named = frames[0].event is not None
            yield Stream(entry["id"], tuple(events[start:end]), named, "images" in entry["endpoint"])


def made() -> Iterator[Stream]:
    """Return the streams that are made here."""
    for name, events in all_streams():
        yield Stream(name, tuple(events), named=True, images=name.startswith("images"))


def judge(stream: Stream, body: bytes) -> list[Violation]:
    """Judge a body as `gateprobe check` does."""
    judging = StreamJudge(AnswerKind.IMAGES if stream.images else AnswerKind.RESPONSES, framing=Framing.RECORDED)
    whole = decode(body)
    return [v for frame in whole.frames for v in judging.feed(frame)] + judging.finish(whole.tail)


def counted(violations: list[Violation]) -> Counter[str]:
    """Count what matters by rule."""
    return Counter(violation.rule for violation in violations if violation.level is not Level.INFO)


def same(stream: Stream, mutant: Mutant) -> bool:
    """Whether a mutant says, event for event, what the original says."""
    frames = decode(mutant.body).frames
    return mutant.body == write(stream, stream.copy) or [(f.event, f.data) for f in frames] == [
        (f.event, f.data) for f in decode(write(stream, stream.copy)).frames
    ]


def run(streams: list[Stream], seed: int, rounds: int) -> dict[str, Score]:
    """Break every stream in every way, `rounds` times; give the score of each operator."""
    scores = {name: Score() for name in OPERATORS}
    for stream in streams:
        before = counted(judge(stream, write(stream, stream.copy)))
        for name, operator in OPERATORS.items():
            rng = random.Random(f"{seed} {stream.name} {name}")  # noqa: S311 - no secret, but repeatable
            for _ in range(rounds):
                mutant = operator(rng, stream)
                if mutant is not None:
                    _score(scores[name], stream, mutant, before)
    return scores


def _score(score: Score, stream: Stream, mutant: Mutant, before: Counter[str]) -> None:
    if same(stream, mutant):
        score.equivalent += 1
        return
    score.made += 1
    violations = judge(stream, mutant.body)
    after = counted(violations)
    if not any(after[rule] > before[rule] for rule in after):
        score.survivors.append(stream.name)
        return
    score.detected += 1
    new = [v for v in violations if v.level is not Level.INFO and after[v.rule] > before[v.rule]]
    score.first += new[0].rule in mutant.rules and new[0].event in mutant.places
    if any(v.rule in mutant.rules and v.event in mutant.places for v in violations):
        score.named += 1
    else:
        rules = ", ".join(f"{v.rule}@{v.event}" for v in violations[:4])
        score.misnamed.append(
            f"{stream.name}: {rules}; expected {mutant.rules[:3]} at {sorted(map(str, mutant.places))[:4]}"
        )
