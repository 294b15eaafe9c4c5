"""Exceptions of programs are recognised by their words, in time that grows with the length of a text only."""

from __future__ import annotations

import time

import pytest

from gateprobe.judge.crashes import quotes_exception


@pytest.mark.parametrize(
    "text",
    [
        *("Traceback (most recent call last)", "x: 'NoneType' object has no attribute 'get'", "KeyError: 'data'"),
        *("got an unexpected keyword argument 'n'", "expected str, bytes or os.PathLike object", "a BytesIO object"),
        *("TypeError: Cannot read properties of undefined", "next is not a function", "a ValueError"),
        *("runtime error: index out of range", "nil pointer dereference", "panic: x", "java.lang.NullPointerException"),
        *("AttributeError", "IndexError.", "NameError"),
    ],
)
def test_a_quoted_exception_is_recognised(text: str) -> None:
    """By the words of Python, JavaScript, Go and Java."""
    assert quotes_exception(text)


@pytest.mark.parametrize(
    "text",
    ["", "Internal Server Error", "TypeErrors are shown", "an error", "MyBytesIO", "BytesIOs", "the panic button"],
)
def test_other_words_are_no_exception(text: str) -> None:
    """An error without the words of an exception is none, nor is a longer name."""
    assert not quotes_exception(text)


def test_long_words_take_linear_time() -> None:
    """A megabyte of letters is searched within a fifth of a second of the processor."""
    began = time.process_time()
    assert not quotes_exception("codex/usr/NameErro" * 60_000)
    assert time.process_time() - began < 0.2
