"""Ready code for one way to use a gateway: Python, JavaScript and a shell; the key comes from its variable.

Every value is written by its language's own quoting, so that no name of a model or address can become code. The
tests run each of them against the personas.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from pprint import pformat
from typing import Any, Final
from urllib.parse import urlsplit

from gateprobe import build
from gateprobe.formats.curl import curl
from gateprobe.gateway import Gateway
from gateprobe.request import Request
from gateprobe.views.advice import Way

_PYTHON: Final = {
    "images.generate": """\
        picture = client.images.generate(**asked).data[0]
        data = base64.b64decode(picture.b64_json) if picture.b64_json else urlopen(picture.url).read()
    """,
    "images.generate.stream": """\
        for event in client.images.generate(**asked):
            if event.type == "image_generation.completed":
                data = base64.b64decode(event.b64_json)
    """,
    "responses.image.non_stream": """\
        output = client.responses.create(**asked).output
        data = base64.b64decode(next(item.result for item in output if item.type == "image_generation_call"))
    """,
    "responses.image.stream": """\
        for event in client.responses.create(**asked):
            if event.type == "response.output_item.done" and event.item.type == "image_generation_call":
                data = base64.b64decode(event.item.result)
    """,
}
_JAVASCRIPT: Final = {
    "images.generate": """\
        const [picture] = (await answer.json()).data;
        const data = picture.b64_json
          ? Buffer.from(picture.b64_json, "base64")
          : Buffer.from(await (await fetch(picture.url)).arrayBuffer());
    """,
    "images.generate.stream": """\
        let data;
        for (const line of (await answer.text()).split(/\\r?\\n/)) {
          if (!line.startsWith("data: {")) continue;
          const event = JSON.parse(line.slice(6));
          if (event.type === "image_generation.completed") data = Buffer.from(event.b64_json, "base64");
        }
    """,
    "responses.image.non_stream": """\
        const { output } = await answer.json();
        const data = Buffer.from(output.find((item) => item.type === "image_generation_call").result, "base64");
    """,
    "responses.image.stream": """\
        let data;
        for (const line of (await answer.text()).split(/\\r?\\n/)) {
          if (!line.startsWith("data: {")) continue;
          const { type, item } = JSON.parse(line.slice(6));
          if (type === "response.output_item.done" && item.type === "image_generation_call") {
            data = Buffer.from(item.result, "base64");
          }
        }
    """,
}
_SHELL: Final = {
    "images.generate": "jq -r '.data[0].b64_json' | base64 -d > picture.png",
    "images.generate.stream": "sed -n 's/^data: {/{/p' "
    "| jq -r 'select(.type == \"image_generation.completed\").b64_json' | base64 -d > picture.png",
    "responses.image.non_stream": "jq -r '.output[] | select(.type == \"image_generation_call\").result' "
    "| base64 -d > picture.png",
    "responses.image.stream": "sed -n 's/^data: {/{/p' "
    "| jq -r 'select(.type == \"response.output_item.done\").item.result // empty' | base64 -d > picture.png",
}


def snippets(gateway: Gateway, way: Way, *, embedded: bool = False) -> Mapping[str, str]:
    """Return ready code by language, for what the evidence recommends.

    Of an embedded reference, the address is that of `gateprobe serve`, its port taken from the variable `PORT`.
    """
    request = _request(gateway, way)
    return {
        "Python": _python(gateway, way, request, embedded=embedded),
        "JavaScript": _javascript(gateway, way, request, embedded=embedded),
        "Shell": curl(gateway, request, embedded=embedded) + " |\n  " + _kept(gateway, way),
    }


def _address(url: str, port: str, write: Callable[[str], str], *, embedded: bool) -> str:
    """Write an address as an expression; `port` is a language's own for the variable, `write` for a string."""
    if not embedded:
        return write(url)
    after = urlsplit(url)._replace(scheme="", netloc="").geturl()
    return f"{write('http://127.0.0.1:')} + {port} + {write(after)}"


def _kept(gateway: Gateway, way: Way) -> str:
    """Return the end of the shell line: what takes the picture out of the answer, or follows the documented link."""
    links = "url" in gateway.claim("images.generate.default_format").values
    if way.capability == "images.generate" and links:
        return "jq -r '.data[0].url' | xargs curl -sS -o picture.png"
    return _SHELL[way.capability]


def _request(gateway: Gateway, way: Way) -> Request:
    more: dict[str, Any] = {"stream": True} if way.streams else {}
    if not way.of_responses:
        return build.generations(gateway, **more)
    return build.responses(gateway, tools=[build.image_tool(gateway)], tool_choice={"type": "image_generation"}, **more)


def _python(gateway: Gateway, way: Way, request: Request, *, embedded: bool) -> str:
    name, scheme = gateway.key.as_header("")
    address = _address(gateway.base_url, "environ['PORT']", repr, embedded=embedded)
    arguments = [f"base_url={address}", "api_key=key"]
    headers = [f"{header!r}: {value!r}" for header, value in request.headers]
    if (name, scheme) != ("Authorization", "Bearer "):
        headers.append(f"{name!r}: {scheme!r} + key")
    arguments += [f"default_headers={{{', '.join(headers)}}}"] if headers else []
    arguments += [f"default_query={dict(request.query)!r}"] if request.query else []
    opens = "from urllib.request import urlopen\n" if "urlopen" in _PYTHON[way.capability] else ""
    return (
        f"import base64\nfrom os import environ\nfrom pathlib import Path\n{opens}\nfrom openai import OpenAI\n\n"
        f"key = environ[{gateway.key.env!r}]\n"
        f"client = OpenAI({', '.join(arguments)})\n"
        f"asked = {pformat(request.json, width=100, sort_dicts=False)}\n"
        f"{textwrap.dedent(_PYTHON[way.capability])}"
        'Path("picture.png").write_bytes(data)\n'
    )


def _javascript(gateway: Gateway, way: Way, request: Request, *, embedded: bool) -> str:
    name, value = gateway.key.as_header("")
    query = "?" + "&".join(f"{key}={value}" for key, value in request.query) if request.query else ""
    address = _address(gateway.base_url + request.path + query, "process.env.PORT", json.dumps, embedded=embedded)
    headers = {"Content-Type": "application/json", **dict(request.headers)}
    return (
        'import { writeFile } from "node:fs/promises";\n\n'
        f"const headers = {json.dumps(headers)};\n"
        f"headers[{json.dumps(name)}] = {json.dumps(value)} + process.env[{json.dumps(gateway.key.env)}];\n"
        f"const asked = {json.dumps(request.json, indent=2)};\n"
        f"const answer = await fetch({address}, "
        '{ method: "POST", headers, body: JSON.stringify(asked) });\n'
        "if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);\n"
        f"{textwrap.dedent(_JAVASCRIPT[way.capability])}"
        'await writeFile("picture.png", data);\n'
    )
