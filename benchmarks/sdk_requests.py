"""Send many requests of OpenAI's client to the reference: `python benchmarks/sdk_requests.py --examples 2000`.

Each is drawn from the types of the client's parameters. Prints the fields and values that the reference does not know;
exits with 1 where there are any.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from openai import OpenAI

from docs.tools.sdk import requests
from docs.tools.sdk.drift import unlisted
from docs.tools.sdk.surfaces import Fact
from gateprobe.reference import serve

_SURFACES: Final = {
    "responses.create": requests.responses,
    "images.generate": requests.generations,
    "images.edit": requests.edits,
}


def main() -> int:
    """Send the requests and print what is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=2000)
    examples = parser.parse_args().examples
    unknown: Counter[Fact] = Counter()
    with serve("openai") as served, OpenAI(base_url=served.url, api_key=served.key, max_retries=0) as client:
        for surface in _SURFACES:
            refused = _sweep(client, surface, examples)
            print(f"{surface}: {len(refused)} requests")
            unknown.update(fact for fact in refused if fact is not None)
    new = unlisted(unknown)
    for fact in new:
        print(f"not known ({unknown[fact]} times): {fact}")
    return 1 if new else 0


def _sweep(client: OpenAI, surface: str, examples: int) -> list[Fact | None]:
    """Return what is refused as not existing, for each request that was sent."""
    refused: list[Fact | None] = []

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_SURFACES[surface]())
    def send(body: dict[str, Any]) -> None:
        refused.append(requests.refused_fact(client, surface, body))

    send()
    return refused


if __name__ == "__main__":
    raise SystemExit(main())
