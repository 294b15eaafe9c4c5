"""Whatever a client sends, a persona answers: with what was asked for, or with a refusal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.reference import Served, find_persona, serve
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.exchange import IncomingRequest, RefusalError, StreamedAnswer, Upload
from gateprobe.reference.state import PersonaState

pytestmark = pytest.mark.slow

texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 20) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
RESPONSES = """background conversation include input instructions max_output_tokens metadata model parallel_tool_calls
previous_response_id reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice
tools top_p truncation user"""
IMAGES = "images mask prompt n size quality output_format partial_images stream background moderation user"
NAMES = sorted({*RESPONSES.split(), *IMAGES.split()})
PARTS = values | st.fixed_dictionaries(
    {"type": st.sampled_from(["input_text", "input_image", "output_text", "refusal", "x"])},
    optional={"text": values, "image_url": values, "file_id": values},
)
ITEMS = values | st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "image_generation_call", "item_reference", "reasoning"])},
    optional={"role": st.sampled_from(["user", "assistant"]), "content": st.lists(PARTS, max_size=2), "id": values},
)
TOOLS = values | st.fixed_dictionaries(
    {"type": st.just("image_generation")},
    optional=dict.fromkeys(("action", "input_image_mask", "model", "partial_images", "size", "quality"), values),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, values),
        "model": st.sampled_from(["gpt-5.5", "gpt-image-2"]) | values,
        "input": texts | st.lists(ITEMS, max_size=2) | values,
        "instructions": texts,
        "tools": st.lists(TOOLS, max_size=2) | values,
        "prompt": texts | values,
    },
)


def exchange(name: str, asked: IncomingRequest) -> int:
    """Send a request to a persona's router, read its answer to the end, and give the status."""
    state = PersonaState(key="k", origin="http://127.0.0.1:1", clock=lambda: 0.0)
    router = find_persona(name).build(state, Renderer(state.counters, 0.0))

    async def run() -> int:
        try:
            answer = await router.answer(asked, lambda _: None)
        except RefusalError as refused:
            return refused.answer().status
        if isinstance(answer, StreamedAnswer):
            async for frame in answer.frames:
                assert frame.encode()
        return answer.status

    return asyncio.run(run())


@given(
    name=st.sampled_from(["openai", "vibeapi"]),
    path=st.sampled_from(["responses", "images/generations", "images/edits"]),
    fields=BODIES | values,
    form=st.booleans(),
)
@settings(max_examples=300)
def test_any_body_is_answered_or_refused(name: str, path: str, fields: Any, form: bool) -> None:  # noqa: FBT001 - drawn
    """Never an exception, and never an outage but the documented one."""
    asked = IncomingRequest(
        "POST", f"/v1/{path}", fields=json.loads(json.dumps(fields)), form=form and isinstance(fields, dict)
    )
    assert exchange(name, asked) in {200, 400, 404} | ({500} if name == "vibeapi" else set())


@pytest.mark.parametrize("name", NAMES)
@given(value=values, stream=st.booleans())
@settings(max_examples=12)
def test_one_hostile_parameter_in_a_good_body_is_answered_or_refused(name: str, value: Any, stream: bool) -> None:  # noqa: FBT001 - drawn
    """The same for a request that is right but for one thing."""
    good = {"input": "Draw a red square", "tools": [{"type": "image_generation", "quality": "low"}], "stream": stream}
    body = {"model": "gpt-5.5", **good, name: value}
    if name not in RESPONSES.split():
        del body[name]
        body["tools"] = [{"type": "image_generation", "quality": "low", name: value}]
    assert exchange("openai", IncomingRequest("POST", "/v1/responses", fields=body)) in {200, 400, 404}


@pytest.mark.parametrize("name", IMAGES.split())
@given(value=values)
@settings(max_examples=12)
def test_one_hostile_image_parameter_is_answered_or_refused(name: str, value: Any) -> None:
    """And on the Images endpoint."""
    body = {"model": "gpt-image-2", "prompt": "a red square", "quality": "low", name: value}
    assert exchange("openai", IncomingRequest("POST", "/v1/images/generations", fields=body)) in {200, 400}


@given(
    st.lists(
        st.builds(Upload, st.sampled_from(["image", "mask"]), texts, st.just("image/png"), st.binary()), max_size=3
    )
)
def test_any_upload_is_refused_if_it_is_no_picture(uploads: list[Upload]) -> None:
    """Hostile bytes are a 400."""
    fields = {"model": "gpt-image-2", "prompt": "x"}
    asked = IncomingRequest("POST", "/v1/images/edits", fields=fields, uploads=tuple(uploads), form=True)
    assert exchange("openai", asked) == 400


def test_a_client_that_leaves_in_the_middle_does_no_harm() -> None:
    """The next request is served, and the server stops cleanly."""
    body = {"model": "gpt-5.5", "input": "Draw a red square", "stream": True, "tools": [{"type": "image_generation"}]}
    with serve("openai") as served, httpx.Client(headers={"authorization": f"Bearer {served.key}"}) as client:
        for _ in range(3):
            with client.stream("POST", f"{served.url}/responses", json=body) as response:
                next(response.iter_raw())
        assert client.get(f"{served.url}/models").status_code == 200


def test_a_server_stops_in_the_middle_of_a_stream() -> None:
    """Open exchanges are given up after their grace."""
    body = {"model": "gpt-5.5", "input": "Draw a red square", "stream": True, "tools": [{"type": "image_generation"}]}
    with httpx.Client() as client:
        with serve("openai", delay=60.0) as served:
            request = client.build_request(
                "POST", f"{served.url}/responses", json=body, headers={"authorization": f"Bearer {served.key}"}
            )
            response = client.send(request, stream=True)
            chunks = response.iter_raw()
            assert next(chunks).startswith(b"event: response.created\n")
        with pytest.raises(httpx.TransportError):
            list(chunks)
        response.close()


def test_eight_pictures_at_once(serving: Callable[[str], Served]) -> None:
    """All are drawn."""
    served = serving("openai")

    def draw(number: int) -> int:
        return httpx.post(
            f"{served.url}/images/generations",
            json={"model": "gpt-image-2", "prompt": f"otter {number}", "quality": "low"},
            headers={"authorization": f"Bearer {served.key}"},
            timeout=60,
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, range(8))) == [200] * 8


def test_a_request_of_twenty_megabytes_is_taken(serving: Callable[[str], Served]) -> None:
    """And refused for what it says, not for its size."""
    served = serving("openai")
    response = httpx.post(
        f"{served.url}/responses",
        json={"model": "gpt-5.5", "input": "x" * (20 << 20), "tools": [{}]},
        headers={"authorization": f"Bearer {served.key}"},
        timeout=60,
    )
    assert response.json()["error"]["param"] == "tools[0].type"


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"])
def test_a_broken_form_is_refused(body: bytes, serving: Callable[[str], Served]) -> None:
    """400 with the envelope."""
    served = serving("openai")
    response = httpx.post(
        f"{served.url}/images/edits",
        content=body,
        headers={"authorization": f"Bearer {served.key}", "content-type": "multipart/form-data; boundary=x"},
    )
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
