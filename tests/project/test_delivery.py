"""The image, the release, the action and the schemas agree with this tree."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import yaml

from gateprobe.gateway import known
from gateprobe.resources import GATEWAYS, SCHEMAS

ROOT: Final = Path(__file__).resolve().parents[2]
CONTAINER: Final = (ROOT / "Containerfile").read_text("utf-8")
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RELEASE: Final[dict[str, Any]] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
PUBLIC: Final = ("gateway", "baseline", "night", "record", "report")
HADOLINT: Final = shutil.which("hadolint")


def test_the_image_runs_as_a_user_without_rights() -> None:
    """The last stage names a user by its number, installs nothing with a shell form, and starts gateprobe."""
    last = CONTAINER.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 1\d{4}$", last, re.MULTILINE)
    assert 'ENTRYPOINT ["gateprobe"]' in last
    assert all(":" in image for image in re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE))


def test_what_the_image_copies_exists_and_is_sent_to_the_builder() -> None:
    """Every source of a COPY is in the tree, and the ignore file lets it through."""
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINER, re.MULTILINE) for name in line.split()[:-1]
    ]
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert set(copied) == sent
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_a_linter_of_containers_is_content() -> None:
    """Hadolint reports nothing about the Containerfile."""
    done = subprocess.run(  # noqa: S603 - a linter
        [str(HADOLINT), str(ROOT / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_release_publishes_only_what_was_tried() -> None:
    """Publishing waits for the smoke test of the built wheel, stores no token, and attests what it publishes."""
    jobs = RELEASE["jobs"]
    assert (jobs["publish"]["needs"], jobs["smoke"]["needs"]) == ("smoke", "build")
    assert RELEASE["permissions"] == {}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    (step,) = (step for step in jobs["publish"]["steps"] if "pypi-publish" in step["uses"])
    assert step["with"] == {"attestations": True}
    assert any("attest-build-provenance" in step.get("uses", "") for step in jobs["build"]["steps"])


def test_the_wheel_is_tried_on_every_python_that_is_promised() -> None:
    """The classifiers, the smallest version and the smoke test name the same versions of Python."""
    promised = [match[1] for name in PROJECT["classifiers"] if (match := re.fullmatch(r".*:: (3\.\d+)", name))]
    assert RELEASE["jobs"]["smoke"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_the_action_can_be_listed() -> None:
    """A marketplace lists an action at the root of a repository, with a short description, an author and an icon."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert len(action["description"]) <= 125
    assert action["author"]
    assert set(action["branding"]) == {"icon", "color"}
    assert all(parameter["description"] for parameter in (action["inputs"] | action["outputs"]).values())


@pytest.mark.parametrize("name", PUBLIC)
def test_a_schema_of_a_file_has_a_web_address(name: str) -> None:
    """The schema of each file that people or programs read has an id that editors can open."""
    schema = orjson.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    assert schema["$id"] == f"https://www.schemastore.org/gateprobe-{name}.json"


def test_the_entries_for_schemastore_name_these_schemas() -> None:
    """Each entry has the fields of SchemaStore's catalogue, and the id of a schema as its address."""
    ids = {orjson.loads(path.read_bytes()).get("$id") for path in SCHEMAS.glob("*.schema.json")}
    for entry in orjson.loads((ROOT / "docs" / "schemastore.json").read_bytes()):
        assert entry.keys() == {"name", "description", "fileMatch", "url"}
        assert entry["url"] in ids


def test_every_gateway_file_names_its_schema() -> None:
    """The first line names the schema for editors, by a path that leads to it."""
    for name in known():
        first = (GATEWAYS / f"{name}.toml").read_text("utf-8").partition("\n")[0]
        assert first == "#:schema ../schemas/gateway.schema.json", name
