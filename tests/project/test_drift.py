"""gateprobe knows what OpenAI's newest clients know of the image surfaces."""

from __future__ import annotations

import pytest

from docs.tools import protocol_page
from docs.tools.sdk import node, python
from docs.tools.sdk.drift import ListedException, compared, complaint, exceptions, unlisted
from docs.tools.sdk.known import unknown
from docs.tools.sdk.reference import taking
from docs.tools.sdk.surfaces import Fact

pytestmark = pytest.mark.slow


def test_nothing_in_the_clients_is_new() -> None:
    """Every event, parameter, value, model and field of the installed clients is known or listed with a reason."""
    facts = python.facts()
    package = node.folder()
    with taking() as takes:
        unknown_facts = unknown(facts | (node.facts(package) if package else frozenset()), takes)
    assert not complaint(unlisted(unknown_facts)), complaint(unlisted(unknown_facts))
    if python.version() == compared()["python"]:
        assert protocol_page.PAGE.read_text("utf-8") == protocol_page.page(facts)
        idle = [each for each in exceptions() if not any(map(each.covers, unknown_facts)) and package]
        assert not idle, f"nothing fits these exceptions any more: {idle}"


def test_what_is_new_is_named_with_what_to_do() -> None:
    """A new parameter, value, event, model and field are all found, and each is printed."""
    new = [
        Fact("images.generate", "hologram"),
        Fact("images.generate", "quality", "ultra"),
        Fact("events of a Responses stream", "response.hologram.done"),
        Fact("image models", "gpt-image-9"),
        Fact("text models", "gpt-99"),
        Fact("item image_generation_call", "depth"),
        Fact("event response.created", "depth"),
        Fact("Response", "status", "paused"),
        Fact("tools of a request", "hologram"),
        Fact("items of an input", "hologram_call"),
    ]
    with taking() as takes:
        assert unlisted(unknown(new, takes)) == sorted(new)
    assert all(str(fact) in complaint(new) for fact in new)
    assert complaint(()) == ""


def test_an_exception_covers_what_it_names_only() -> None:
    """A pattern for one value does not hide another value."""
    exception = ListedException(("images.*: quality = hd",), "gone")
    assert exception.covers(Fact("images.generate", "quality", "hd"))
    assert not exception.covers(Fact("images.generate", "quality", "ultra"))
