"""What a Responses request says: texts and pictures in order, as the models see them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message: who said it, its text, and the pictures it holds (whole files)."""

    role: str
    text: str
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture that the image tool drew earlier (a whole file)."""

    picture: bytes


Context = tuple[TextMessage | DrawnPicture, ...]


def users(context: Context) -> list[TextMessage]:
    """List the user's own messages, oldest first."""
    return [each for each in context if isinstance(each, TextMessage) and each.role == "user"]


def last_text(context: Context) -> str:
    """Return the text of the user's last message."""
    messages = users(context)
    return messages[-1].text if messages else ""


def pictures_given_now(context: Context) -> tuple[bytes, ...]:
    """List the pictures in the user's last message."""
    messages = users(context)
    return messages[-1].pictures if messages else ()


def last_picture(context: Context) -> bytes | None:
    """Find the latest picture of any origin."""
    for each in reversed(context):
        if isinstance(each, DrawnPicture):
            return each.picture
        if each.pictures:
            return each.pictures[-1]
    return None
