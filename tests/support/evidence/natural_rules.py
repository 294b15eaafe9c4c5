"""The rules about pixels, each with honest pictures as a model draws them, and with the faults that break it."""

from __future__ import annotations

import importlib
import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from PIL import Image, ImageChops

from gateprobe.build import RED_SQUARE
from gateprobe.image import Certainty, Picture, copies, open_picture
from gateprobe.library import PACKAGE, mount
from gateprobe.model import Finding, Observed
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.reference.drawing.natural.redrawing import redrawn
from gateprobe.reference.drawing.natural.style import style
from gateprobe.reference.drawing.prompt import scene
from gateprobe.wording import FIGURES, colours

mount()


def _load(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


figures, made, masks, recolouring = (
    _load(f"support.{name}") for name in ("figures", "pictures", "masks", "recolouring")
)
scenarios, edits, enlarging = _load("scenarios.responses"), _load("responses.edit"), _load("provenance")

SIZE: Final = (256, 256)
"""Small, so that thousands can be drawn; sameness and detail are judged at larger ones."""

LARGER: Final = (512, 512)
ON_WHITE: Final = "Draw a solid {} square on a white background."

RUNS: Final = 64
"""Runs that send pictures: these take longer to encode than the answers take to judge."""

Draw = Callable[[random.Random, float], Certainty]
"""Draws a picture from a seed at a strength, and judges it: NO contradicts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: honest pictures, and what each fault makes of them."""

    honest: Draw
    faults: Mapping[str, Draw]


def _painter(rng: random.Random, strength: float) -> NaturalPainter:
    return NaturalPainter(rng.randrange(1 << 32), strength)


def _file(image: Image.Image, kind: str = "BMP", **options: int) -> Picture:
    out = io.BytesIO()
    image.save(out, kind, **options)  # BMP holds the same pixels as PNG, and takes a tenth of the time
    return open_picture(out.getvalue())


def _of(finding: Finding) -> Certainty:
    if finding.observed is Observed.HONOURED:
        return Certainty.YES
    return Certainty.UNCLEAR if finding.observed is Observed.UNOBSERVED else Certainty.NO


def _not(answer: Certainty) -> Certainty:
    return {Certainty.YES: Certainty.NO, Certainty.NO: Certainty.YES}.get(answer, answer)


@cache
def _sent(name: str, run: int) -> Image.Image:
    """Return a picture that a run sends, small; `name` is its function in `support.pictures`."""
    return Image.open(io.BytesIO(getattr(made, name)(seed=run))).resize(SIZE)


_WRONG: Final = {
    "blue": ("green", "orange", "purple", "yellow", "gray", "pink"),
    "red": ("green", "yellow", "gray", "cyan", "teal", "black"),
}


def _wrong(turn: Turn) -> str:
    return turn.rng.choice(_WRONG[turn.new])


def _again(image: Image.Image, rng: random.Random, strength: float) -> Image.Image:
    """Redraw a picture without a change."""
    return redrawn(image, image.size, style(rng, strength), rng.randrange(1 << 32))


# ---- a red square


def _square(colour: str, rng: random.Random, strength: float) -> Certainty:
    picture = _file(_painter(rng, strength).paint(scene(ON_WHITE.format(colour)), SIZE, "low"))
    answer: Certainty = figures.shows(picture, "red")
    return answer


SQUARE: Final = Rule(
    partial(_square, "red"),
    {
        f"a square in {colour}": partial(_square, colour)
        for colour in ("blue", "green", "purple", "yellow", "gray", "black")
    },
)


# ---- squares of the other colours that runs draw


def _of_colour(change: Callable[[str, random.Random], str]) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        asked = rng.choice(("blue", "green"))
        page = scene(ON_WHITE.format(change(asked, rng)))
        answer: Certainty = figures.shows(_file(_painter(rng, strength).paint(page, SIZE, "low")), asked)
        return answer

    return draw


SQUARE_OF_COLOUR: Final = Rule(
    _of_colour(lambda asked, _rng: asked),
    {
        "another colour": _of_colour(lambda asked, rng: rng.choice([name for name in FIGURES if name != asked])),
        "no colour": _of_colour(lambda _asked, rng: rng.choice(("gray", "black"))),
    },
)


# ---- the second turn


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of a picture: who paints, the picture, the request in the words of a run, the new colour, chance."""

    painter: NaturalPainter
    before: Image.Image
    prompt: str
    new: str
    rng: random.Random
    strength: float


Second = Callable[[Turn], Image.Image]


def _turn(second: Second) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        seed, painter = rng.randrange(1 << 20), _painter(rng, strength)
        before = painter.paint(scene(scenarios.SQUARE_ON_PAGE.of(seed)), SIZE, "low")
        return _changed(Turn(painter, before, edits.MAKE_BLUE.of(seed), colours(seed).new, rng, strength), second)

    return draw


def _edit(second: Second) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        seed = rng.randrange(RUNS)
        before = _sent("square", seed)
        turn = Turn(_painter(rng, strength), before, edits.MAKE_BLUE.of(seed), colours(seed).new, rng, strength)
        return _changed(turn, second)

    return draw


def _changed(turn: Turn, second: Second) -> Certainty:
    return _of(recolouring.judge_recolouring(_file(turn.before), _file(second(turn)), turn.new))


def _unrelated(shape: str) -> Second:
    def paint(turn: Turn) -> Image.Image:
        return turn.painter.paint(scene(f"Draw a solid {turn.new} {shape} on a white background."), SIZE, "low")

    return paint


_SECONDS: Final[dict[str, Second]] = {
    "edit ignored": lambda turn: _again(turn.before, turn.rng, turn.strength),
    "input returned": lambda turn: turn.before,
    "unrelated square on white": _unrelated("square"),
    "unrelated circle on white": _unrelated("circle"),
    "wrong colour": lambda turn: turn.painter.changed(turn.before, f"Make it {_wrong(turn)}.", SIZE),
    "reference dropped": lambda turn: turn.painter.paint(scene(turn.prompt), SIZE, "low"),
}


def _right(turn: Turn) -> Image.Image:
    return turn.painter.changed(turn.before, turn.prompt, SIZE)


TURN: Final = Rule(_turn(_right), {name: _turn(second) for name, second in _SECONDS.items()})
EDIT: Final = Rule(_edit(_right), {name: _edit(second) for name, second in _SECONDS.items()})


# ---- masks


def _mask(change: Callable[[NaturalPainter, Image.Image, Image.Image, str], Image.Image]) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        seed = rng.randrange(RUNS)
        page, hole = (_sent(name, seed).convert("RGBA") for name in ("squares", "mask"))
        after = change(_painter(rng, strength), page, hole, masks.FILL.of(seed))
        return _of(masks.judged_mask(_file(after), colours(seed).new))

    return draw


def _inverted(mask: Image.Image) -> Image.Image:
    mask = mask.copy()
    mask.putalpha(ImageChops.invert(mask.getchannel("A")))
    return mask


MASK: Final = Rule(
    _mask(lambda painter, page, hole, prompt: painter.masked(page, hole, prompt, SIZE)),
    {
        "mask ignored": _mask(lambda painter, page, _hole, prompt: painter.changed(page, prompt, SIZE)),
        "mask inverted": _mask(lambda painter, page, hole, prompt: painter.masked(page, _inverted(hole), prompt, SIZE)),
        "edit ignored": _mask(lambda painter, page, _hole, _prompt: painter.tiled([page], SIZE)),
        "reference dropped": _mask(lambda painter, _page, _hole, prompt: painter.paint(scene(prompt), SIZE, "low")),
        "unrelated picture": _mask(
            lambda painter, _page, _hole, _prompt: painter.paint(scene(ON_WHITE.format("blue")), SIZE, "low")
        ),
    },
)


# ---- several pictures


_SHAPES: Final = ("a red circle", "a blue square", "a green triangle")


def _shapes(shapes: Callable[[random.Random], tuple[str, ...]]) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        painter = _painter(rng, strength)
        pictures = [_file(painter.paint(scene(f"{shape} on a white background"), SIZE, "low")) for shape in shapes(rng)]
        answer: Certainty = figures.colours_shown(pictures)
        return answer

    return draw


SHAPES: Final = Rule(
    _shapes(lambda rng: tuple(rng.sample(_SHAPES, 3))),
    {
        "answers mixed up": _shapes(lambda rng: (*rng.sample(_SHAPES, 2), "a blue square", "a blue circle")[1:]),
        "three of one": _shapes(lambda rng: (rng.choice(_SHAPES),) * 3),
    },
)


def _together(colours: Callable[[random.Random], tuple[str, ...]]) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        pages = [Image.new("RGB", SIZE, made.COLOURS[colour]) for colour in colours(rng)]
        picture = _file(_painter(rng, strength).tiled(pages, SIZE))
        answer = Certainty.YES
        for colour in made.COLOURS:
            answer &= figures.contains(picture, colour)
        return answer

    return draw


TOGETHER: Final = Rule(
    _together(lambda rng: tuple(rng.sample(tuple(made.COLOURS), 4))),
    {
        "first only": _together(lambda rng: (rng.choice(tuple(made.COLOURS)),)),
        "one dropped": _together(lambda rng: tuple(rng.sample(tuple(made.COLOURS), 3))),
    },
)


def _parallel(drawn: Mapping[str, str]) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        own = rng.choice(("red", "blue"))
        picture = _file(_painter(rng, strength).paint(scene(ON_WHITE.format(drawn[own])), SIZE, "low"))
        return _not(figures.swapped(picture, own, {"red": "blue", "blue": "red"}[own]))

    return draw


PARALLEL: Final = Rule(
    _parallel({"red": "red", "blue": "blue"}), {"answers mixed up": _parallel({"red": "blue", "blue": "red"})}
)


# ---- sameness and detail


def _encoded(image: Image.Image, rng: random.Random) -> Picture:
    """Encode a picture in another way than PNG, or in another size."""
    match rng.randrange(4):
        case 0:
            return _file(image, "JPEG", quality=rng.randrange(30, 96))
        case 1:
            return _file(image, "WEBP", quality=rng.randrange(30, 96), method=0)
        case 2:
            edge = round(image.width * rng.uniform(0.5, 0.9))
            return _file(image.resize((edge, edge), Image.Resampling.LANCZOS), "JPEG", quality=80)
        case _:
            return _file(image.quantize(128).convert("RGB"))


def _several(repeat: Callable[[Image.Image, random.Random], Picture] | None) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        painter = _painter(rng, strength)
        images = [painter.paint(scene(RED_SQUARE), LARGER, "low") for _ in range(2)]
        second = repeat(images[0], rng) if repeat else _file(images[1])
        repeated, unclear = copies([_file(images[0]), second])
        return Certainty.NO if repeated else Certainty.UNCLEAR if unclear else Certainty.YES

    return draw


SEVERAL: Final = Rule(
    _several(None),
    {"equal bytes": _several(lambda image, _rng: _file(image)), "equal however encoded": _several(_encoded)},
)


def _previews(repeat: Callable[[Image.Image, random.Random], Picture] | None) -> Draw:
    def draw(rng: random.Random, strength: float) -> Certainty:
        painter = _painter(rng, strength)
        final = painter.paint(scene(RED_SQUARE), LARGER, "low")
        sketches = [_file(painter.sketch(final, step, 3)) for step in range(3)]
        if repeat:
            sketches[-1] = repeat(final, rng)
        repeated, unclear = copies([*sketches, _file(final)])
        return Certainty.NO if repeated else Certainty.UNCLEAR if unclear else Certainty.YES

    return draw


PREVIEWS: Final = Rule(_previews(None), {"final however encoded": _previews(_encoded)})


def _detail(enlarged: bool) -> Draw:  # noqa: FBT001 - a rule and its fault
    def draw(rng: random.Random, strength: float) -> Certainty:
        image = _painter(rng, strength).paint(scene(scenarios_noise()), LARGER, "low")
        if enlarged:
            small = image.resize((LARGER[0] // 2, LARGER[1] // 2), Image.Resampling.BOX)
            way = rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS))
            image = small.resize(LARGER, way)
        sharpness = _file(image).sharpness
        if sharpness <= enlarging.ENLARGED:
            return Certainty.NO
        return Certainty.UNCLEAR if sharpness < enlarging.OWN_DETAIL else Certainty.YES

    return draw


def scenarios_noise() -> str:
    """Return the prompt for noise."""
    prompt: str = _load("scenarios.images").NOISE
    return prompt


DETAIL: Final = Rule(_detail(enlarged=False), {"enlarged picture": _detail(enlarged=True)})

RULES: Final = {
    "square": SQUARE,
    "other square": SQUARE_OF_COLOUR,
    "turn": TURN,
    "edit": EDIT,
    "mask": MASK,
    "shapes": SHAPES,
    "together": TOGETHER,
    "parallel": PARALLEL,
    "several": SEVERAL,
    "previews": PREVIEWS,
    "detail": DETAIL,
}
