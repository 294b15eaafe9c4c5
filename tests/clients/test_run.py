"""The real clients read right answers right, and what they raise at wrong ones is told in their words."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateprobe.clients import CLIENTS, Client
from gateprobe.clients import known as known_clients
from gateprobe.clients.job import Task, jobs_of
from gateprobe.clients.run import read_by
from gateprobe.evidence import Exchange
from tests.support.evidence.answers import ENVELOPE, answer, call, drawn, events, good, job, picture, stream

pytestmark = pytest.mark.slow

NODE = Path(__file__).resolve().parents[2] / ".node"
PYTHON = CLIENTS["openai_python"]


HERE: Final = {**os.environ, known_clients.NODE_FOLDER: str(NODE)}
"""An environment in which the clients for Node are where continuous integration installs them."""


def here(name: str) -> Client:
    """Return a client; skip where it is not installed."""
    client = CLIENTS[name]
    if client.command(HERE) is None:
        pytest.skip(f"{client.title} is not installed ({client.install})")
    return client


@pytest.mark.parametrize("name", list(CLIENTS))
def test_each_client_reads_each_kind_of_answer(name: str) -> None:
    """Every picture is found, and the refusal is told with its status and message."""
    client = here(name)
    outcomes = read_by(client, jobs_of(good()), HERE)
    assert [(outcome.task, outcome.raised, outcome.pictures_read) for outcome in outcomes] == [
        (job.task, "", job.pictures) for job in jobs_of(good()) if job.task in client.tasks
    ]
    refusal = outcomes[-1]
    assert (refusal.task, refusal.status, refusal.refused) == (Task.REFUSAL, 400, 400)
    assert "No such size." in refusal.message
    assert all(outcome.version for outcome in outcomes)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        pytest.param("openai_python", stream("/responses", events()[1:]), "response.created", id="python, no start"),
        pytest.param("openai_python", stream("/responses", events()[:-1]), "response.completed", id="python, no end"),
        pytest.param("openai_python", answer("/responses", {**drawn(), "output": None}), "NoneType", id="python, null"),
        pytest.param("openai_node", stream("/responses", events()[1:]), "response.created", id="node, no start"),
        pytest.param("openai_node", answer("/responses", {**drawn(), "output": None}), "TypeError", id="node, null"),
        pytest.param(
            "vercel_ai",
            answer("/images/generations", {"created": 1, "data": [{"url": "http://127.0.0.1:9/a.png"}]}),
            "Invalid JSON response",
            id="vercel, a link",
        ),
        pytest.param("vercel_ai", answer("/responses", {**drawn(), "output": [{}]}), "AI_", id="vercel, no type"),
    ],
)
def test_what_a_client_raises_is_told_in_its_words(name: str, wrong: Exchange, words: str) -> None:
    """A wrong answer is the outcome of that answer, and stops nothing else."""
    outcomes = read_by(here(name), [job(wrong), job(answer("/responses", ENVELOPE, 400))], HERE)
    assert words in outcomes[0].raised
    assert (outcomes[1].raised, outcomes[1].status) == ("", 400)


def test_a_picture_that_a_client_does_not_find_is_counted() -> None:
    """An answer that is read without a complaint may still lose its picture."""
    lost = {**drawn(), "output": [{**call(), "type": "image_call"}]}
    outcome = read_by(here("openai_python"), [replace(job(answer("/responses", lost)), pictures=1)], HERE)[0]
    assert (outcome.raised, outcome.pictures_read, outcome.pictures_sent) == ("", 0, 1)


def test_a_client_that_is_not_installed_reads_nothing(tmp_path: Path) -> None:
    """No outcome is made up, for want of the package or of Node itself."""
    absent = replace(PYTHON, packages=("no_such_package_of_python",))
    jobs = [job(answer("/responses", drawn()))]
    assert read_by(absent, jobs, HERE) == ()
    assert read_by(CLIENTS["openai_node"], jobs, {**HERE, known_clients.NODE_FOLDER: str(tmp_path)}) == ()
    assert read_by(CLIENTS["openai_node"], jobs, {**HERE, "PATH": str(tmp_path)}) == ()


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> Client:
    """Return a client whose program is as told."""
    (folder / "made.py").write_text(code, "utf-8")
    monkeypatch.setattr(known_clients, "PROGRAMS", folder)
    return replace(PYTHON, program="made.py")


def test_a_program_gets_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys and proxies of the environment stay out of the process that reads a stranger's bytes."""
    full = {**HERE, "OPENAI_API_KEY": "sk-secret", "HTTPS_PROXY": "http://127.0.0.1:9"}
    code = 'import json, os\nprint(json.dumps({"job": 0, "raised": " ".join(sorted(os.environ))}))'
    (outcome,) = read_by(program(monkeypatch, tmp_path, code), [job(answer("/responses", drawn()))], full)
    assert not {"OPENAI_API_KEY", "HTTPS_PROXY"} & set(outcome.raised.split())
    assert "PATH" in outcome.raised.split()


def test_a_program_that_dies_is_told_by_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it had said before stands."""
    code = 'print("noise")\nprint(\'{"job": 0, "pictures": 1}\', flush=True)\nraise SystemExit("killed by a picture")'
    jobs = [job(answer("/responses", drawn())), job(answer("/images/generations", {"data": [{"b64_json": picture()}]}))]
    first, second = read_by(program(monkeypatch, tmp_path, code), jobs, HERE)
    assert (first.raised, first.pictures_read) == ("", 1)
    assert second.raised == "killed by a picture"


def test_a_program_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The time limit holds, and what was said before it stands."""
    code = 'import threading\nprint(\'{"job": 0, "pictures": 1}\', flush=True)\nthreading.Event().wait()'
    jobs = [job(answer("/responses", drawn())), job(answer("/responses", ENVELOPE, 400))]
    first, second = read_by(program(monkeypatch, tmp_path, code), jobs, HERE, seconds=3)
    assert (first.raised, first.pictures_read) == ("", 1)
    assert second.raised == "no end within 3 s"
