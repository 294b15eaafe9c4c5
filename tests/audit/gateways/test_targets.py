"""Which gateways are meant, and with which keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.gateways.targets import DOCUMENTED, Target, ambiguous, keyed, keyless, resolve, served
from gateprobe.errors import NoSuchGatewayError, UsageError
from gateprobe.gateway import Overrides, find
from gateprobe.record.file import load
from gateprobe.reference import PERSONAS
from tests.support.runs import write_run

KEY = "sk-made-up-0123456789"


def names(targets: tuple[Target, ...]) -> list[tuple[str, bool]]:
    """Return name and whether it is embedded."""
    return [(target.gateway.name, target.embedded) for target in targets]


def test_without_anything_the_embedded_ones_are_meant() -> None:
    """On a machine without keys, the documented references are audited, on loopback."""
    assert names(resolve((), {})) == [(name, True) for name in DOCUMENTED]
    assert set(DOCUMENTED) == set(PERSONAS) - {"oversold"} == {"openai", "xai-router", "vibeapi", "ofox"}


def test_a_bare_command_spends_nobodys_money() -> None:
    """A key in the environment sends nothing anywhere by itself."""
    environment = {find("vibeapi").key.env: KEY, find("openai").key.env: KEY}
    assert names(resolve((), environment)) == [(name, True) for name in DOCUMENTED]


def test_a_key_says_which_providers_there_are() -> None:
    """A night without names is about every gateway whose key is set; a variable of two hosts says nothing."""
    environment = {find(name).key.env: KEY for name in ("vibeapi", "aihubmix", "xai-router")}
    assert keyed(environment) == ("aihubmix", "vibeapi")
    assert ambiguous(environment) == {"XAI_API_KEY": ("xai", "xai-router")}
    assert keyed({}) == ()
    assert ambiguous({}) == {}


def test_a_missing_key_is_noticed(tmp_path: Path) -> None:
    """Documented gateways that an earlier run audited and that now have no key are returned; embedded ones are not."""
    run = load(write_run(tmp_path / "run"))
    real = replace(run, header=replace(run.header, gateways=("openai", "vibeapi", "127-0-0-1"), embedded=False))
    assert keyless([real], {"OPENAI_API_KEY": "sk-0123456789", "VIBEAPI_API_KEY": " "}) == ("vibeapi",)
    assert keyless([replace(real, header=replace(real.header, embedded=True))], {}) == ()
    assert keyless([], {}) == ()


def test_gateways_of_one_host_share_their_key() -> None:
    """The key of APIYI goes to one host, whatever gateway is meant: each is audited."""
    environment = {"APIYI_API_KEY": KEY}
    assert keyed(environment) == ("apiyi-all", "apiyi-official", "apiyi-vip")
    assert ambiguous(environment) == {}


def test_a_name_with_its_key() -> None:
    """A named gateway is asked itself, with the key that its file names, stripped; the key shows in no repr."""
    (target,) = resolve(("openai",), {"OPENAI_API_KEY": f" {KEY}\n"})
    assert (target.gateway.name, target.secret, target.embedded) == ("openai", KEY, False)
    assert KEY not in repr(target)


def test_another_variable_may_hold_the_key() -> None:
    """--key-env names another variable."""
    (target,) = resolve(("openai",), {"OTHER": KEY}, Overrides("OTHER"))
    assert target.secret == KEY


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://[::1]:8000/v1", "http://localhost:8000/v1"])
def test_loopback_needs_no_key(url: str) -> None:
    """A server on this machine is asked with a stand-in where no key is set; OpenAI's own key never goes there."""
    (target,) = resolve((url,), {"OPENAI_API_KEY": KEY})
    assert target.secret
    assert target.secret != KEY
    (keyed,) = resolve((url,), {"GATEPROBE_API_KEY": KEY})
    assert keyed.secret == KEY


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.example/v1", "https://gateway.example/v1", "http://localhost.example/v1"]
)
def test_elsewhere_a_key_is_needed(url: str) -> None:
    """A name that only looks like loopback is not."""
    with pytest.raises(UsageError, match="GATEPROBE_API_KEY is not set"):
        resolve((url,), {})


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "is not set"),
        ("  ", "is not set"),
        ("abc", "has 3 characters"),
        ("sk-caf\xe9-123", "not allowed in an HTTP header"),
        ("sk-12\n3456", "not allowed in an HTTP header"),
    ],
)
def test_a_key_that_cannot_be_used(secret: str, said: str) -> None:
    """A key that is missing, too short to hide or impossible to send is refused without being shown."""
    with pytest.raises(UsageError, match=said) as caught:
        resolve(("openai",), {"OPENAI_API_KEY": secret})
    assert not secret.strip() or secret not in str(caught.value)


def test_wrong_names() -> None:
    """Unknown and repeated gateways are refused."""
    with pytest.raises(NoSuchGatewayError):
        resolve(("nobody-knows-this",), {})
    with pytest.raises(UsageError, match="named twice"):
        resolve(("oversold", "oversold"), {})


def test_embedded_ones_are_served_while_needed() -> None:
    """What is embedded gets an address on loopback and a key of its own, and keeps its name and claims."""
    with served(resolve(("oversold",), {})) as (target,):
        assert target.gateway.base_url.startswith("http://127.0.0.1:")
        assert target.secret.startswith("sk-reference-")
        assert target.gateway.claims == find("oversold").claims
        assert target.embedded


def test_a_reference_for_practice_is_asked_where_it_is_served() -> None:
    """Where an address is given, that is asked, with the key of its variable, and nothing is served."""
    (target,) = resolve(
        ("oversold",), {"OVERSOLD_API_KEY": "sk-of-oversold"}, Overrides(base_url="http://127.0.0.1:1/v1")
    )
    assert (target.embedded, target.secret, target.gateway.base_url) == (
        False,
        "sk-of-oversold",
        "http://127.0.0.1:1/v1",
    )


@pytest.mark.parametrize("name", ["azure-foundry", "mine.toml", "https://gateway.example/v1"])
def test_what_has_no_embedded_reference_is_not_audited_for_real(name: str) -> None:
    """--embedded beside a gateway without an embedded reference is refused; no real address is meant in its place."""
    with pytest.raises(UsageError, match="has no embedded reference"):
        resolve((name,), {}, embedded=True)
