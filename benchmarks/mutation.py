"""The mutation score: authentic streams, broken at random places in every way of `mutations/`, judged by gateprobe.

    python benchmarks/mutation.py [--seed 1] [--rounds 1] [--list] [--recordings FOLDER]

Takes the recorded streams that lie beside the checkout, or another folder of them, and the streams of `streams.py`
in any case. A mutant is *found* when it breaks some rule at `must` or `should` that the original does not break as
often; it is *named* when one of the rules that the operator calls right is named at one of the events that it calls
right; *first* counts those where the very first new violation is such a one. Exits 1 when fewer than 99 % are found,
or fewer than 95 % of those named. `mutation.txt` beside this file keeps a score, and says why the survivors survive.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.model import Level
from gateprobe.stream import AnswerKind, Framing, StreamJudge, Violation
from gateprobe.wire.sse import decode
from tests.support.mutations import OPERATORS, Mutant, Stream, write
from tests.support.streams import all_streams

RECORDINGS: Final = Path(__file__).resolve().parents[2] / "shared" / "recordings"
FOUND: Final = 0.99
NAMED: Final = 0.95


@dataclass
class Score:
    """What became of the mutants of one operator."""

    made: int = 0
    equivalent: int = 0
    found: int = 0
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
    score.found += 1
    new = [v for v in violations if v.level is not Level.INFO and after[v.rule] > before[v.rule]]
    score.first += new[0].rule in mutant.rules and new[0].event in mutant.places
    if any(v.rule in mutant.rules and v.event in mutant.places for v in violations):
        score.named += 1
    else:
        told = ", ".join(f"{v.rule}@{v.event}" for v in violations[:4])
        score.misnamed.append(
            f"{stream.name}: {told}; expected {mutant.rules[:3]} at {sorted(map(str, mutant.places))[:4]}"
        )


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="The mutation score of the stream judge.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="print every survivor and every wrong name")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    options = parser.parse_args()
    streams = [*recorded(options.recordings), *made()]
    scores = run(streams, options.seed, options.rounds)
    print(f"{'operator':34} {'mutants':>8} {'found':>8} {'named':>8} {'first':>8}")
    for name, score in scores.items():
        if score.made:
            shares = [score.found / score.made, *(n / max(1, score.found) for n in (score.named, score.first))]
            print(f"{name:34} {score.made:8,} " + " ".join(f"{share:8.1%}" for share in shares))
        if options.list:
            for line in (*(f"survived: {one}" for one in score.survivors), *score.misnamed):
                print(f"    {line}")
    total = sum(s.made for s in scores.values())
    found = sum(s.found for s in scores.values())
    named = sum(s.named for s in scores.values())
    first = sum(s.first for s in scores.values())
    equivalent = sum(s.equivalent for s in scores.values())
    used = sum(score.made > 0 for score in scores.values())
    print(
        f"\n{len(streams)} streams, {used} operators, seed {options.seed}: {total:,} mutants ({equivalent} equivalent)"
    )
    print(f"found {found:,} ({found / total:.2%}), rightly named {named:,} ({named / found:.2%} of those found)")
    print(f"named rightly by the very first violation: {first:,} ({first / found:.2%})")
    return 0 if found >= FOUND * total and named >= NAMED * found else 1


if __name__ == "__main__":
    sys.exit(main())
