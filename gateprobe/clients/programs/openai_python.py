"""Read answers with OpenAI's Python client: jobs as JSON on standard input, one line of JSON for each on its output.

Runs by itself, in an isolated process: it imports nothing of gateprobe.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

import openai

Said = dict[str, Any]
DRAWN = "image_generation_call"


def models(client: openai.OpenAI) -> Said:
    """List the models."""
    return {"pictures": 0, "models": len(client.models.list().data)}


def response(client: openai.OpenAI) -> Said:
    """Create a Response."""
    answer = client.responses.create(model="m", input="x")
    _ = answer.output_text  # what every caller reads first
    return {"pictures": _drawn(answer.output)}


def _drawn(items: Iterable[Any]) -> int:
    return sum(1 for item in items if item.type == DRAWN and item.result)


def response_stream(client: openai.OpenAI) -> Said:
    """Create a Response as a stream, by the plain events and by the helper that gathers them."""
    done = [
        event.item
        for event in client.responses.create(model="m", input="x", stream=True)
        if event.type == "response.output_item.done"
    ]
    with client.responses.stream(model="m", input="x") as stream:
        stream.until_done()
        stream.get_final_response()
    return {"pictures": _drawn(done)}


def images(client: openai.OpenAI) -> Said:
    """Generate pictures."""
    data = client.images.generate(model="m", prompt="x").data or []
    return {"pictures": sum(1 for picture in data if picture.b64_json or picture.url)}


def images_stream(client: openai.OpenAI) -> Said:
    """Generate a picture as a stream."""
    events = client.images.generate(model="m", prompt="x", stream=True)
    return {"pictures": sum(1 for event in events if event.type.endswith(".completed") and event.b64_json)}


def refusal(client: openai.OpenAI) -> Said:
    """Be refused: the client's own error says with which status, and in which words."""
    try:
        client.responses.create(model="m", input="x")
    except openai.APIStatusError as error:
        return {"status": error.status_code, "message": error.message}
    return {"raised": "nothing was raised"}


TASKS: dict[str, Callable[[openai.OpenAI], Said]] = {
    "models": models,
    "response": response,
    "response_stream": response_stream,
    "images": images,
    "images_stream": images_stream,
    "refusal": refusal,
}


def main() -> None:
    """Do every job; what a client raises is printed and stops nothing."""
    for job in json.load(sys.stdin):
        client = openai.OpenAI(base_url=job["url"], api_key="replayed", max_retries=0, timeout=20)
        try:
            result = TASKS[job["task"]](client)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is the outcome
            result = {"raised": f"{type(error).__name__}: {error}"}
        print(json.dumps({"job": job["job"], "version": openai.__version__, **result}), flush=True)  # noqa: T201 - output


if __name__ == "__main__":
    main()
