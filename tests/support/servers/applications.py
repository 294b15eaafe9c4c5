"""Gateways and mocks of other projects, as servers on loopback: LiteLLM, Portkey, and three mocks.

Each is searched in folders of programs: virtual environments, and folders that contain `node_modules`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateprobe.gateway import Gateway
from tests.support.servers.programs import free_port, run_program

KEY: Final = "sk-servers-0123456789abcdef"
"""The key that LiteLLM demands; the mocks take any."""


_PICTURE: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
"""A picture of one pixel, as a mock's fixtures have it."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The persona behind an application: its base URL with `/v1`, its key, and the gateway that it stands for."""

    url: str
    key: str
    gateway: Gateway


@dataclass(frozen=True, slots=True)
class Launch:
    """How an application starts: arguments, environment and files to write; and how it is asked.

    `path` is the path of its base URL, `key` the key that it demands, `headers` what each request carries.
    """

    arguments: tuple[str, ...]
    path: str = "/v1"
    key: str = KEY
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    """An application: its program in a folder, the command that installs it, and its launch before a persona."""

    program: str
    install: str
    launch: Callable[[int, Upstream], Launch]

    def command(self, folders: Sequence[Path]) -> tuple[str, ...] | None:
        """Return the command that runs the program of the first folder that has it; None where it is not installed."""
        path = next((folder / self.program for folder in folders if (folder / self.program).exists()), None)
        if path is None:
            return None
        return (str(path),) if self.program.startswith("bin/") else ("node", str(path))


@dataclass(frozen=True, slots=True)
class Running:
    """A running application: its base URL, its key, and the headers that each request carries."""

    url: str
    key: str
    headers: Mapping[str, str]


def _litellm(port: int, upstream: Upstream) -> Launch:
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": upstream.url, "api_key": upstream.key},
        }
        for name in (upstream.gateway.models.text, upstream.gateway.models.image)
    ]
    settings = {"model_list": models, "general_settings": {"master_key": KEY}}
    return Launch(
        ("--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"),
        environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"},
        files={"config.yaml": json.dumps(settings)},
    )


def _litellm_pass_through(port: int, upstream: Upstream) -> Launch:
    origin = upstream.url.removesuffix("/v1")
    return Launch(
        ("--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"),
        path="/openai_passthrough/v1",
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENAI_API_BASE": origin,
            "OPENAI_API_KEY": upstream.key,
        },
        files={"config.yaml": json.dumps({"general_settings": {"master_key": KEY}})},
    )


def _portkey(port: int, upstream: Upstream) -> Launch:
    host = upstream.url.split("/")[2].partition(":")[0]
    return Launch(
        (f"--port={port}", "--headless"),
        key=upstream.key,
        environment={"TRUSTED_CUSTOM_HOSTS": host, "NODE_ENV": "production"},
        headers={"x-portkey-provider": "openai", "x-portkey-custom-host": upstream.url},
    )


def _aimock(port: int, _upstream: Upstream) -> Launch:
    return Launch((), environment={"MOCK_PORT": str(port)})


def _copilotkit(port: int, _upstream: Upstream) -> Launch:
    fixtures = [
        {"match": {"endpoint": "image"}, "response": {"image": {"b64Json": _PICTURE}}},
        {"match": {}, "response": {"content": "red"}},
    ]
    return Launch(
        ("-p", str(port), "-f", "fixtures.json", "--log-level", "silent"),
        files={"fixtures.json": json.dumps({"fixtures": fixtures})},
    )


def _copilotkit_proxy(port: int, upstream: Upstream) -> Launch:
    origin = upstream.url.removesuffix("/v1")
    return Launch(
        ("-p", str(port), "-f", "fixtures.json", "--proxy-only", "--provider-openai", origin, "--log-level", "silent"),
        key=upstream.key,
        files={"fixtures.json": json.dumps({"fixtures": []})},
    )


def _llmock(port: int, _upstream: Upstream) -> Launch:
    return Launch(("serve", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"))


_PORTKEY: Final = "node_modules/@portkey-ai/gateway/build/start-server.js"
_COPILOTKIT: Final = "node_modules/@copilotkit/aimock/dist/cli.js"

APPLICATIONS: Final[Mapping[str, Application]] = {
    "litellm": Application("bin/litellm", "pip install 'litellm[proxy]'", _litellm),
    "litellm-pass-through": Application("bin/litellm", "pip install 'litellm[proxy]'", _litellm_pass_through),
    "portkey": Application(
        "node_modules/@portkey-ai/gateway/build/start-server.js", "npm install @portkey-ai/gateway", _portkey
    ),
    "aimock": Application("node_modules/aimock/bin/aimock", "npm install aimock", _aimock),
    "copilotkit-aimock": Application(_COPILOTKIT, "npm install @copilotkit/aimock", _copilotkit),
    "copilotkit-aimock-proxy": Application(_COPILOTKIT, "npm install @copilotkit/aimock", _copilotkit_proxy),
    "llmock": Application("bin/llmock", "pip install llmock", _llmock),
}


@contextmanager
def run_application(name: str, folder: Path, upstream: Upstream, command: Sequence[str]) -> Iterator[Running]:
    """Run an application, most of them before a persona, while the block runs; yield how it is asked."""
    port = free_port()
    launch = APPLICATIONS[name].launch(port, upstream)
    for file, text in launch.files.items():
        (folder / file).write_text(text, "utf-8")
    with run_program([*command, *launch.arguments], port, folder, launch.environment):
        yield Running(f"http://127.0.0.1:{port}{launch.path}", launch.key, launch.headers)
