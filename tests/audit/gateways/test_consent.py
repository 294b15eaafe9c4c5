"""The user decides which variable is sent to which address; no file of a stranger does."""

from __future__ import annotations

import itertools
from pathlib import Path

import orjson
import pytest

from gateprobe.audit.gateways.consent import Consent, state_folder
from gateprobe.audit.gateways.targets import resolve
from gateprobe.errors import UsageError
from gateprobe.gateway import Overrides

TRAP = "http://127.0.0.1:9/v1"
KEY = "sk-of-the-user-000"
NAMED = Consent(frozenset({"key_env"}))


_FILE = """
name = "{name}"
title = "Acme"
base_url = "{url}"
[key]
env = "{variable}"
[models]
text = "gpt-5.5"
image = "gpt-image-2"
[documents.guide]
title = "Guide"
date = "2026-10-01"
language = "en"
url = "https://docs.example"
[[claims]]
capability = "images.generate.n"
stance = "offered"
document = "guide"
quote = "You can request several images."
"""


def stranger(folder: Path, variable: str, url: str = TRAP, name: str = "acme") -> str:
    """Write a gateway file and return its path."""
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_FILE.format(name=name, url=url, variable=variable), "utf-8")
    return str(path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a project, with a state folder of its own."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def environment(here: Path, *variables: str) -> dict[str, str]:
    """Return an environment with some variables."""
    return {"XDG_STATE_HOME": str(here.parent / "state"), **dict.fromkeys(variables, KEY)}


def run_of(here: Path, variable: str) -> str:
    """Return the gateway file of a run that was made elsewhere."""
    run = here / "reports" / "theirs"
    run.mkdir(parents=True, exist_ok=True)
    (run / "run.jsonl").touch()
    return stranger(run / "gateways", variable)


FOREIGN = [
    *itertools.product(["run"], ["OPENAI_API_KEY", "GATEPROBE_API_KEY", "AWS_SECRET_ACCESS_KEY", "EXAMPLE_API_KEY"]),
    *itertools.product(["elsewhere", "link"], ["OPENAI_API_KEY", "GATEPROBE_API_KEY", "HOME_TOKEN"]),
    *itertools.product(
        ["own"],
        ["AWS_SECRET_ACCESS_KEY", "AWS_API_KEY", "GITHUB_TOKEN", "STRIPE_API_KEY", "DD_API_KEY", "DATABASE_PASSWORD"],
    ),
    *itertools.product(["own"], ["BINANCE_API_KEY", "PROD_DB_API_KEY", "INTERNAL_API_TOKEN", "GATEPROBE_DB_PASSWORD"]),
    *itertools.product(["own"], ["ACME_INTERNAL_API_TOKEN", "CARGO_API_TOKEN", "UNKNOWN_API_KEY"]),
    *itertools.product(["own"], ["SSH_KEY", "PATH", "NPM_TOKEN", "VAULT_API_TOKEN", "KEY", "openai_api_key"]),
]


@pytest.mark.parametrize(("place", "variable"), FOREIGN)
def test_a_file_does_not_choose_a_secret(here: Path, place: str, variable: str) -> None:
    """A file of a run, from elsewhere or behind a link gets no key, and one of the project none of another service."""
    paths = {
        "run": lambda: run_of(here, variable),
        "elsewhere": lambda: stranger(here.parent / "downloads", variable),
        "link": lambda: stranger(here.parent / "downloads", variable),
        "own": lambda: stranger(here / "gateways", variable),
    }
    path = paths[place]()
    if place == "link":
        (here / "acme.toml").symlink_to(path)
        path = "acme.toml"
    with pytest.raises(UsageError, match=rf"sends {variable} of this environment to http://127\.0\.0\.1:9, and nobody"):
        resolve([path], environment(here, variable))


@pytest.mark.parametrize(
    "variable", ["OPENAI_API_KEY", "ACME_IMAGES_API_KEY", "GATEPROBE_MY_KEY", "ACME_API_TOKEN", "OUR_ROUTER_API_KEY"]
)
def test_a_file_of_the_project_names_the_key_of_a_vendor(here: Path, variable: str) -> None:
    """The project's own gateway file needs no consent for the key of a model vendor, so that CI asks nobody."""
    (target,) = resolve([stranger(here / "gateways", variable)], environment(here, variable))
    assert target.secret == KEY


@pytest.mark.parametrize("consent", [Consent(yes=True), NAMED, Consent(ask=lambda _: True)])
def test_what_the_user_agrees_to_is_sent(here: Path, consent: Consent) -> None:
    """A variable of another name is sent where the user names it, says yes, or agrees when asked."""
    path = stranger(here, "INTERNAL_TOKEN")
    overrides = Overrides(key_env="INTERNAL_TOKEN") if consent is NAMED else None
    (target,) = resolve([path], environment(here, "INTERNAL_TOKEN"), overrides, consent=consent)
    assert target.secret == KEY


def test_a_settings_file_chooses_only_gateways_that_come_with_gateprobe(here: Path) -> None:
    """A gateway file or an address that a settings file names gets no key, unless the user agrees."""
    known, path = environment(here, "OPENAI_API_KEY", "GATEPROBE_API_KEY"), stranger(here, "OPENAI_API_KEY")
    for wanted in (path, TRAP):
        with pytest.raises(UsageError, match="nobody agreed"):
            resolve([wanted], known, consent=Consent(chosen=False))
    assert resolve(["openai"], known, consent=Consent(chosen=False))[0].secret == KEY
    assert resolve([path], known, consent=Consent(yes=True, chosen=False))[0].secret == KEY


def test_naming_a_variable_is_no_consent_to_the_address_of_a_run(here: Path) -> None:
    """For a run made elsewhere, its address needs consent, too."""
    with pytest.raises(UsageError, match="--yes"):
        resolve(
            [run_of(here, "OPENAI_API_KEY")],
            environment(here, "MY_KEY"),
            Overrides(key_env="MY_KEY"),
            consent=NAMED,
        )


def test_consent_is_remembered_outside_the_run(here: Path) -> None:
    """A run is resumed without a question where its address was agreed to here; a changed address is not."""
    known = environment(here, "OPENAI_API_KEY")
    resolve([stranger(here, "OPENAI_API_KEY")], known)
    assert orjson.loads((state_folder(known) / "agreed.json").read_bytes()) == [
        ["OPENAI_API_KEY", "http://127.0.0.1:9"]
    ]
    run = run_of(here, "OPENAI_API_KEY")
    (target,) = resolve([run], known)
    assert target.secret == KEY
    Path(run).write_text(Path(run).read_text("utf-8").replace("127.0.0.1:9", "127.0.0.1:10"), "utf-8")
    with pytest.raises(UsageError, match="nobody agreed"):
        resolve([run], known)


@pytest.mark.parametrize("content", [b"{}", b"nonsense", b'["x", 3]'])
def test_a_broken_memory_agrees_to_nothing(here: Path, content: bytes) -> None:
    """What cannot be read agrees to nothing, and is written anew by the next consent."""
    known = environment(here, "KEY")
    state_folder(known).mkdir(parents=True)
    (state_folder(known) / "agreed.json").write_bytes(content)
    with pytest.raises(UsageError):
        resolve([stranger(here, "KEY")], known)
    resolve([stranger(here, "KEY")], known, consent=Consent(yes=True))
    assert resolve([stranger(here, "KEY")], known)[0].secret == KEY


def test_a_documented_gateway_needs_no_consent(here: Path) -> None:
    """A gateway that comes with gateprobe, named by the user, and an address on the command line are agreed to."""
    known = environment(here, "OPENAI_API_KEY", "GATEPROBE_API_KEY")
    assert [target.secret for target in resolve(["openai", "https://gateway.example/v1"], known)] == [KEY] * 2
