"""How a gateway is found: by name, path or URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.errors import NoSuchGatewayError
from gateprobe.gateway import KeyRule, Models, Overrides, dumps, find, known, load, reference
from gateprobe.resources import GATEWAYS
from tests.gateway.example_file import EXAMPLE


def test_a_name_finds_the_file_that_ships() -> None:
    """A name in `gateways/` is that gateway."""
    assert find("openai") == load(GATEWAYS / "openai.toml") == reference()


def test_a_path_finds_a_file(tmp_path: Path) -> None:
    """The path of a TOML file is that gateway, whatever the file is called."""
    path = tmp_path / "mine.toml"
    path.write_text(EXAMPLE, "utf-8")
    assert find(str(path)).name == "example"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path where nothing is gives one sentence with the path and the reason."""
    with pytest.raises(NoSuchGatewayError, match=r"nowhere\.toml: cannot be read \(No such file or directory\)\."):
        find(str(tmp_path / "nowhere.toml"))


def test_a_url_takes_the_claims_of_openai() -> None:
    """A bare URL calls itself OpenAI-compatible by being given, and is named for its host."""
    gateway = find("http://127.0.0.1:4000/v1/")
    assert gateway.claims == reference().claims
    assert (gateway.name, gateway.title, gateway.base_url) == (
        "127-0-0-1-4000",
        "127.0.0.1:4000",
        "http://127.0.0.1:4000/v1",
    )


def test_the_key_of_openai_is_never_sent_elsewhere() -> None:
    """A bare URL reads a key variable of its own, unless it is OpenAI's."""
    assert find("https://gateway.example/v1").key.env == "GATEPROBE_API_KEY"
    assert find("https://api.openai.com/v1").key.env == "OPENAI_API_KEY"


def test_overrides_hold_for_one_run() -> None:
    """The command line's key variable, models and address replace the file's, and nothing else changes."""
    changed = find("vibeapi", Overrides("MY_KEY", "gpt-6", ("gpt-image-3",), "http://127.0.0.1:1/v1/"))
    assert changed.key == KeyRule("MY_KEY")
    assert (changed.models, changed.base_url) == (Models("gpt-6", "gpt-image-3"), "http://127.0.0.1:1/v1")
    assert changed.claims == find("vibeapi").claims


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            "vibapi",
            'No gateway is called "vibapi", and it is neither a TOML file nor a URL; did you mean vibeapi?',
        ),
        ("ftp://host/v1", '"ftp://host/v1" is no address of a gateway; expected http:// or https:// and a host.'),
        ("https://", '"https://" is no address of a gateway; expected http:// or https:// and a host.'),
        (
            "https://user:secret@host/v1",
            'The address of "host" may hold a path and nothing after it; a key belongs in an environment variable.',
        ),
    ],
)
def test_what_is_no_gateway(wanted: str, sentence: str) -> None:
    """What names no gateway is refused with one sentence, which never repeats a password."""
    with pytest.raises(NoSuchGatewayError) as raised:
        find(wanted)
    assert str(raised.value) == sentence


def test_a_far_miss_lists_what_is_known() -> None:
    """A name that resembles none is answered with the list."""
    with pytest.raises(NoSuchGatewayError, match="known are openai, "):
        find("zzzzzz")


def test_embedded_is_a_matter_of_the_run() -> None:
    """Whether the audit serves a gateway itself is never written, and makes no other gateway of it."""
    assert "embedded" not in dumps(reference())
    assert len(known()) == len(set(known()))
