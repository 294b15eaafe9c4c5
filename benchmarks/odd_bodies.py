"""Show what `check` and the audit say of odd bodies: every distinct sentence, words of Python, and forms not named.

    python benchmarks/odd_bodies.py                # the summary, and what is wrong
    python benchmarks/odd_bodies.py --sentences    # every distinct sentence, with the ways and bodies that print it

Exits with 1 where a sentence holds a word of Python, or the form of a body is not named.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.evidence.odd_bodies import odd_bodies
from tests.support.evidence.odd_sentences import KINDS, Sentence, audited, checked, unnamed


def main() -> int:
    """Judge every body in every way and print the result."""
    sentences: list[Sentence] = []
    for name in odd_bodies():
        for kind in KINDS:
            sentences += checked(name, kind)
        sentences += audited(name)
    distinct: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        distinct[sentence.text].append(sentence)
    if "--sentences" in sys.argv:
        for text, sources in sorted(distinct.items()):
            ways = sorted({source.way for source in sources})
            print(f"{text}\n    {', '.join(ways)}: {', '.join(sorted({source.body for source in sources})[:4])}")
    python = [sentence for sentence in sentences if sentence.python]
    for sentence in python:
        print(f"word of Python {sentence.python!r}: {sentence.body} ({sentence.way}): {sentence.text}")
    missing = [(name, way) for name in odd_bodies() for way in unnamed(name, sentences)]
    for name, way in missing:
        print(f"form not named: {name} ({way}); {odd_bodies()[name][1]!r}")
    print(
        f"{len(odd_bodies())} bodies, {len(sentences)} sentences, {len(distinct)} distinct; "
        f"{len(python)} with a word of Python, {len(missing)} forms not named"
    )
    return int(bool(python or missing))


if __name__ == "__main__":
    sys.exit(main())
