"""What the text model understands: whether a picture is wanted, whether it is a change, and what to reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateprobe.reference.drawing.prompt import Abstract, scenes

_NOT: Final = re.compile(
    r"\b(?:do not|don't|never|without)\s+(?:\w+\s+){0,2}?(?:draw|generat|creat|mak|paint|us)\w*|不要(?:画|畫|生成)",
    re.IGNORECASE,
)
_ALWAYS: Final = re.compile(r"\b(?:draw|paint|sketch|illustrate|redraw)\b|画|畫|绘|繪", re.IGNORECASE)
_MAKES: Final = re.compile(
    r"\b(?:generate|create|make|edit|design|render|produce|compose|give me)\b|生成|制作", re.IGNORECASE
)
_THING: Final = re.compile(
    r"\b(?:images?|pictures?|photos?|drawings?|illustrations?|logos?|shapes?|posters?|icons?|cover|art|artwork"
    r"|painting|wallpaper|portrait|squares?|circles?|triangles?|noise)\b|图|圖|照片|形",
    re.IGNORECASE,
)
_DEPICTS: Final = re.compile(
    r"\b(?:image|picture|photo|photograph|drawing|painting|illustration|portrait)s?\s+(?:of|showing)\b", re.IGNORECASE
)
_CHANGES: Final = re.compile(
    r"\b(?:make|change|turn|recolou?r|replace|add|remove|fill|edit|now|repaint|keep|convert)\b"
    r"|变|變|改|换|換|加|去掉",
    re.IGNORECASE,
)
_ANEW: Final = re.compile(r"\b(?:draw|generate|create|paint)\b|画|畫|生成", re.IGNORECASE)
_SAY: Final = re.compile(
    r"\b(?:reply|respond|answer|say)\b(?:\s+(?:only|just|with|exactly|the|single|one|word|words|text|in|to me))*"
    r"[\s:]*[\"'“‘`]?(?P<word>[^\s\"'”’`.,!?;]+)",  # noqa: RUF001 - typographic quotes
    re.IGNORECASE,
)
_INSTRUCTED: Final = re.compile(
    r"\b(?:reply|respond|answer)\s+with\s+the\s+(?:single|one)\s+word:?\s+(?P<word>[\w-]+)", re.IGNORECASE
)
_REMEMBER: Final = re.compile(
    r"\b(?:remember|memori[sz]e)\b[^.\n]*?[\"'“:\s](?P<word>[\w-]+)[\"'”]?\s*(?:[.!\n]|$)", re.IGNORECASE
)
_RECALL: Final = re.compile(r"\b(?:what|which)\b.*\b(?:word|number|code|name|secret)\b", re.IGNORECASE | re.DOTALL)
_COUNT: Final = re.compile(r"\bcount\b.*?\bto\s+(?P<last>\d{1,3})\b", re.IGNORECASE | re.DOTALL)
_REPEAT: Final = re.compile(
    r"\b(?:reply|respond|answer)\s+with\s+exactly\s+this\s+text:\s*(?P<text>.+)", re.IGNORECASE | re.DOTALL
)
_ASKS_COLOUR: Final = re.compile(r"\b(?:which|what)\s+colou?r\b", re.IGNORECASE)
_MODERATED: Final = re.compile(r"\b(?:gore|gory|nude|nudity)\b", re.IGNORECASE)


def is_blocked(text: str) -> bool:
    """Return whether the safety system stops this prompt."""
    return _MODERATED.search(text) is not None


def wants_picture(text: str, *, has_picture: bool) -> bool:
    """Return whether a text asks for a picture; `has_picture` tells whether there is one to change."""
    if _NOT.search(text):
        return False
    if _ALWAYS.search(text) or (_MAKES.search(text) and _THING.search(text)):
        return True
    if has_picture and _CHANGES.search(text):
        return True
    depicted = _DEPICTS.search(text) or not any(isinstance(each, Abstract) for each in scenes(text))
    return bool(depicted) and not text.rstrip().endswith("?")


def is_change(text: str, *, given_now: bool, has_picture: bool) -> bool:
    """Return whether `action: auto` means a change: of a picture given with this text, or of an earlier one."""
    return given_now or (has_picture and not _ANEW.search(text))


def asks_for_colour(text: str) -> bool:
    """Return whether a text asks which colour something has."""
    return _ASKS_COLOUR.search(text) is not None


def reply(text: str, earlier: Sequence[str], instructions: str = "") -> str:
    """Answer in words; `earlier` holds the user's texts before this one, oldest first."""
    if match := _INSTRUCTED.search(instructions):
        return match["word"]
    if match := _REPEAT.search(text):
        return match["text"].strip()
    if _RECALL.search(text):
        for text_before in reversed(earlier):
            if match := _REMEMBER.search(text_before):
                return match["word"]
    if match := _COUNT.search(text):
        return ", ".join(str(number) for number in range(1, int(match["last"]) + 1))
    if match := _SAY.search(text):
        return match["word"]
    if _REMEMBER.search(text):
        return "I will remember it."
    return "I am a reference gateway of gateprobe. Ask me to draw a red square on a white background."


def revised(prompt: str) -> str:
    """Rewrite a prompt as the text model does before it calls the image model."""
    return f"{prompt.strip().rstrip('.')}. Simple, flat and centred, with clean edges."
