"""The text model knows when a picture is wanted, and answers simple questions."""

from __future__ import annotations

import pytest

from gateprobe.reference.responses.intent import is_blocked, is_change, reply, revised, wants_picture
from tests.support.evidence.playing import module


@pytest.mark.parametrize(
    ("text", "has_picture", "expected"),
    [
        ("Draw a red square", False, True),
        ("Generate an image of a cat", False, True),
        ("画一个圆", False, True),
        ("A solid red square", False, True),
        ("A photorealistic picture of an otter.", False, True),
        ("Now make it look realistic", True, True),
        ("Now make it look realistic", False, False),
        ("Reply with OK", False, False),
        ("Do not draw anything, say hello", False, False),
        ("What is in this picture?", True, False),
        ("Is a red square round?", False, False),
    ],
)
def test_a_picture_is_drawn_only_where_one_is_wanted(text: str, has_picture: bool, expected: bool) -> None:  # noqa: FBT001 - a table's columns
    """Asking to draw, or to change what is there, wants a picture; a question does not."""
    assert wants_picture(text, has_picture=has_picture) is expected


def test_a_change_starts_from_a_picture_given_now_or_earlier() -> None:
    """A given picture is changed whatever the words; an earlier one unless something new is drawn."""
    assert is_change("Draw it as watercolour", given_now=True, has_picture=True)
    assert is_change("make it blue", given_now=False, has_picture=True)
    assert not is_change("Draw a green circle", given_now=False, has_picture=True)
    assert not is_change("make it blue", given_now=False, has_picture=False)


def test_replies_say_what_was_asked_for() -> None:
    """A word to say is said, a number counted to, a word to remember recalled."""
    assert reply("Reply with the single word pong.", []) == "pong"
    assert reply("Count from 1 to 5", []) == "1, 2, 3, 4, 5"
    assert reply("Which word did I ask you to keep?", ["Remember the word kumquat.", "Hello"]) == "kumquat"
    assert reply("Hello", []) == reply("Good morning", [])


def test_the_safety_system_stops_some_prompts() -> None:
    """Harmless prompts pass."""
    assert is_blocked("a scene full of gore")
    assert not is_blocked("a red square")


def test_a_revised_prompt_keeps_the_prompt() -> None:
    """The revision starts with what was asked for."""
    assert revised("a red square.").startswith("a red square. ")


def test_instructions_are_followed_in_the_words_of_any_run() -> None:
    """The reference answers the required word, however a run phrases its instructions."""
    demanded, word = module("responses.forms").DEMANDED, module("scenarios.responses").word_asked
    for seed in range(60):
        instructions = demanded.of(seed)
        assert reply("Reply with the single word: other.", (), instructions) == word(instructions), instructions
