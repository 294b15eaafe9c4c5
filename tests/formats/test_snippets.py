"""Ready code that works when run: Python, JavaScript and a shell, against the personas, and a picture on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from gateprobe.formats.snippets import snippets
from gateprobe.gateway import Gateway, KeyRule, find
from gateprobe.reference.http.server import serve
from gateprobe.views.advice import WAYS
from tests.support.runs import ACME

pytestmark = pytest.mark.slow

_BY_NAME = {way.capability: way for way in WAYS}
_RUNS = [
    ("openai", "images.generate"),
    ("openai", "responses.image.stream"),
    ("openai", "responses.image.non_stream"),
    ("openai", "images.generate.stream"),
    ("vibeapi", "responses.image.stream"),
    ("ofox", "images.generate"),
]


def _run(language: str, code: str, folder: Path, gateway: Gateway, key: str, **more: str) -> None:
    """Run a piece of code as a reader would, with the key in its variable and nothing else of ours."""
    if language == "Python":
        command = [sys.executable, "-c", code]
    elif language == "JavaScript":
        (folder / "draw.mjs").write_text(code, "utf-8")
        command = ["node", "draw.mjs"]
    else:
        command = ["/bin/sh", "-c", code]
    environment = {"PATH": os.environ["PATH"], gateway.key.env: key, **more}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - the code under test
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["Python", "JavaScript", "Shell"])
@pytest.mark.parametrize(("name", "way"), _RUNS)
def test_it_draws_a_picture(tmp_path: Path, language: str, name: str, way: str) -> None:
    """What the report prints, run as it stands against the persona, leaves a picture of the size asked."""
    for needed in {"JavaScript": ["node"], "Shell": ["curl", "jq", "base64"]}.get(language, []):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not installed")
    with serve(name) as served:
        gateway = replace(find(name), base_url=served.url)
        _run(language, snippets(gateway, _BY_NAME[way])[language], tmp_path, gateway, served.key)
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.size == (1024, 1024)


@pytest.mark.parametrize("language", ["Python", "JavaScript", "Shell"])
def test_an_embedded_reference_is_asked_on_the_port_of_the_variable(tmp_path: Path, language: str) -> None:
    """Of an embedded reference, all code goes to `gateprobe serve` on $PORT, and draws a picture there as well."""
    for needed in {"JavaScript": ["node"], "Shell": ["curl", "jq", "base64"]}.get(language, []):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not installed")
    with serve("openai") as served:
        gateway = replace(find("openai"), base_url="https://nowhere.invalid/v1")
        code = snippets(gateway, _BY_NAME["images.generate"], embedded=True)[language]
        _run(language, code, tmp_path, gateway, served.key, PORT=str(urlsplit(served.url).port))
    assert (tmp_path / "picture.png").is_file()


@pytest.mark.parametrize("language", ["Python", "JavaScript", "Shell"])
def test_the_key_is_never_in_the_code(language: str) -> None:
    """The code names the variable; a gateway with another header gets it there."""
    gateway = replace(ACME, key=KeyRule("AZURE_KEY", "api-key", ""))
    code = snippets(gateway, WAYS[0])[language]
    assert ("AZURE_KEY" in code, "api-key" in code) == (True, True)


def test_hostile_names_stay_strings() -> None:
    """The name of a model is quoted by each language's own rules."""
    gateway = replace(ACME, base_url="https://x.example/v1\"'); import os #")
    code = snippets(gateway, WAYS[0])
    compile(code["Python"], "draw.py", "exec")
    assert "import os #" in code["Python"].splitlines()[8]


def test_every_way_has_code() -> None:
    """Whatever the evidence recommends, there is code for it."""
    assert [set(snippets(ACME, way)) for way in WAYS] == [{"Python", "JavaScript", "Shell"}] * len(WAYS)
