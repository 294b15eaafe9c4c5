"""Gateway files: what loads, and what is refused with which sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.errors import GatewayFileError
from gateprobe.gateway import (
    Baseline,
    Document,
    Gateway,
    KeyRule,
    Limits,
    Models,
    Prices,
    load,
    loads,
)
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.write import toml
from gateprobe.model import Claim, Source, Stance
from tests.gateway.example_file import EXAMPLE


def _claims(*rows: str) -> str:
    """Return the example with other claims; each row is capability, stance, document and values."""
    head = EXAMPLE.partition("[[claims]]")[0]
    return head + "\n".join(
        f'[[claims]]\ncapability = "{capability}"\nstance = "{stance}"\ndocument = "{document}"\nquote = "{document}."'
        + (f"\nvalues = {values}" if values else "")
        for capability, stance, document, *rest in (row.split(maxsplit=3) for row in rows)
        for values in [" ".join(rest)]
    )


def test_a_file_is_read_whole() -> None:
    """Every table of a file is there in the gateway, and what is left out has its default."""
    gateway = loads(EXAMPLE)
    guide = Document("The guide", "2026-05-08", "en", "https://example.com/guide")
    source = Source("guide", "The guide", "2026-05-08", "Up to four.", "https://example.com/guide")
    assert gateway == Gateway(
        name="example",
        title="Example",
        base_url="https://api.example.com/v1",
        key=KeyRule("EXAMPLE_API_KEY", "Authorization", "Bearer"),
        models=Models("gpt-5.5", "gpt-image-2"),
        baseline=Baseline(),
        documents={"guide": guide, "news": Document("News", "2026-06", "en")},
        claims={
            "images.generate.n": Claim("images.generate.n", Stance.OFFERED, (1, 2, 3, 4), sources=(source,)),
            "images.generate.size": Claim(
                "images.generate.size",
                Stance.DECLINED,
                (),
                "one size alone",
                (400,),
                (Source("guide", "The guide", "2026-05-08", "Only 1024x1024.", "https://example.com/guide"),),
            ),
        },
        prices=Prices(),
        limits=Limits("guide", images_per_minute=4),
    )


def test_what_no_document_mentions_is_silent() -> None:
    """A capability without a claim has a silent one, without values or sources."""
    assert loads(EXAMPLE).claim("stream.order") == Claim("stream.order", Stance.SILENT)


def test_claims_come_in_the_order_of_the_catalogue() -> None:
    """However a file orders its claims, the gateway has them as the catalogue does."""
    gateway = loads(_claims("usage.price offered guide", "models.list offered guide"))
    assert list(gateway.claims) == ["models.list", "usage.price"]


def test_the_newest_document_governs() -> None:
    """Of claims that contradict each other the newest-dated one counts, and the others are kept as contested."""
    claim = loads(_claims("images.generate.n offered guide [1, 2]", "images.generate.n declined news")).claim(
        "images.generate.n"
    )
    assert (claim.stance, claim.sources[0].document) == (Stance.DECLINED, "news")
    assert [(contested.stance, contested.values, contested.sources[0].document) for contested in claim.contested] == [
        (Stance.OFFERED, (1, 2), "guide")
    ]


def test_claims_that_agree_share_their_sources() -> None:
    """Two documents that say the same make one claim with two sources, the newest first."""
    claim = loads(_claims("models.list offered guide", "models.list offered news")).claim("models.list")
    assert [source.document for source in claim.sources] == ["news", "guide"]
    assert claim.contested == ()


def test_of_one_page_the_first_sentence_governs() -> None:
    """Where one document contradicts itself, what the file writes first counts."""
    claim = loads(_claims("images.generate.n offered guide [1, 2]", "images.generate.n offered guide [1]")).claim(
        "images.generate.n"
    )
    assert (claim.values, [contested.values for contested in claim.contested]) == ((1, 2), [(1,)])


def test_keys_travel_as_documented() -> None:
    """A key is sent with its scheme, or bare where the header holds nothing else."""
    assert KeyRule("K").as_header("s") == ("Authorization", "Bearer s")
    assert KeyRule("K", "api-key", "").as_header("s") == ("api-key", "s")


def test_models_are_filled_into_paths_and_headers() -> None:
    """A path or header that names a deployment gets the model; a surface that is not there has no path."""
    gateway = loads(
        EXAMPLE.replace(
            "[documents.guide]",
            '[baseline.paths]\ngenerations = "/deployments/{image_model}/images/generations"\nedits = false\n'
            '[baseline.headers]\nx-text-deployment = "{text_model}"\n[documents.guide]',
        )
    )
    assert gateway.path("generations") == "/deployments/gpt-image-2/images/generations"
    assert gateway.path("edits") is None
    assert gateway.path("responses") == "/responses"
    assert gateway.headers() == {"x-text-deployment": "gpt-5.5"}


@pytest.mark.parametrize(
    ("quality", "size", "price"),
    [
        ("low", "1024x1024", 0.01),
        ("low", "1536x1024", 0.02),
        ("high", "1024x1024", 0.05),
        ("high", "1536x1024", None),
    ],
)
def test_prices_of_pictures(quality: str, size: str, price: float | None) -> None:
    """A price is the most exact one that is documented, and None where none is."""
    prices = Prices("guide", {"low": {"1024x1024": 0.01, "any": 0.02}, "any": {"1024x1024": 0.05}})
    assert prices.picture(quality, size) == price


# Files that are wrong: one sentence each, with file, place and expectation.


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("[limits]\n", "[limits]\ntimeout_seconds = nan\n"),
            "x.toml, line 24: limits.timeout_seconds is nan; expected a finite number.",
        ),
        (('name = "example"\n', ""), 'x.toml: the file lacks "name", a short name in lower case, such as xai-router.'),
        (
            ('title = "Example"', "title = 3"),
            "x.toml, line 2: title is 3; expected a string that is not empty.",
        ),
        (
            ('base_url = "https://api.example.com/v1"', 'base_url = "https://api.example.com/v1/"'),
            (
                'x.toml, line 3: base_url is "https://api.example.com/v1/"; '
                "expected an http or https address without a user name and without a slash at its end."
            ),
        ),
        (
            ('base_url = "https://api.example.com/v1"', 'base_url = "https://api.example.com:443@evil.invalid/v1"'),
            (
                'x.toml, line 3: base_url is "https://api.example.com:443@evil.invalid/v1"; '
                "expected an http or https address without a user name and without a slash at its end."
            ),
        ),
        (
            ('env = "EXAMPLE_API_KEY"', 'environment = "EXAMPLE_API_KEY"'),
            'x.toml, line 5: key lacks "env", the name of an environment variable, such as OPENAI_API_KEY.',
        ),
        (
            ('image = "gpt-image-2"', 'image = "gpt-image-2"\nvideo = "v"'),
            'x.toml, line 11: models has no key "video"; expected one of image, text.',
        ),
        (
            ('date = "2026-05-08"', "date = 2026-05-08"),
            (
                'x.toml, line 15: documents.guide.date is "2026-05-08"; '
                'expected a date in quotes: "2026-05-08", "2026-05" or "2026".'
            ),
        ),
        (
            ('stance = "declined"', 'stance = "maybe"'),
            'x.toml, line 36: claims[1].stance is "maybe"; expected "offered" or "declined".',
        ),
        (
            ('manner = "one size alone"', 'maner = "one size alone"'),
            'x.toml, line 37: claims[1] has no key "maner"; did you mean "manner"?',
        ),
        (
            ('capability = "images.generate.size"', 'capability = "images.generate.sizes"'),
            (
                'x.toml, line 35: claims[1].capability is "images.generate.sizes", which is not in the catalogue; '
                "did you mean images.generate.size, images.generate.size_rule or images.generate.usage?"
            ),
        ),
        (
            ('document = "guide"\nquote = "Only', 'document = "gide"\nquote = "Only'),
            'x.toml, line 39: claims[1].document is "gide"; expected one of the file\'s documents: guide, news.',
        ),
        (
            ('document = "guide"\nimages_per_minute = 4', 'document = "gide"\nimages_per_minute = 4'),
            'x.toml, line 24: limits.document is "gide"; expected one of the file\'s documents: guide, news.',
        ),
        (
            ("values = [1, 2, 3, 4]", 'values = ["four"]'),
            (
                'x.toml, line 30: claims[0].values[0] is "four"; '
                "expected a whole number, 0 or more, that may be asked for (images.generate.n)."
            ),
        ),
        (
            ("refusal_status = [400]", "refusal_status = [200]"),
            "x.toml, line 38: claims[1].refusal_status[0] is 200; expected an HTTP status from 400 to 599.",
        ),
        (("images_per_minute = 4", "images_per_minute = "), "x.toml, line 25: not TOML (invalid value)."),
    ],
)
def test_sentences(change: tuple[str, str], sentence: str) -> None:
    """A broken file is refused with one sentence that names the file, the line, the key and what was expected."""
    assert change[0] in EXAMPLE
    with pytest.raises(GatewayFileError) as raised:
        loads(EXAMPLE.replace(*change, 1), "x.toml")
    assert str(raised.value) == sentence


Change = Callable[[Any], object]
WRONG = st.sampled_from([None, 3.5, True, "", [], {}, ["x"], {"x": "y"}, "maybe", -1])


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the path of every value in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in inside for place in _places(inner, (*path, key)))]


def _holder(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


REQUIRED = [
    ("name",), ("title",), ("base_url",), ("key",), ("models",), ("documents",), ("claims",), ("key", "env"),
    ("models", "text"), ("models", "image"), ("documents", "guide", "title"), ("documents", "guide", "date"),
    ("documents", "guide", "language"), ("limits", "document"), ("claims", 0, "capability"), ("claims", 0, "stance"),
    ("claims", 1, "document"), ("claims", 1, "quote"),
]  # fmt: skip
TABLES = [(), ("key",), ("models",), ("documents", "guide"), ("limits",), ("claims", 0), ("claims", 1)]
TYPED = [path for path in _places(tomllib.loads(EXAMPLE)) if path and path[-1] != "values"]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Draw the example with one thing wrong, and the word that the sentence must hold."""
    data = tomllib.loads(EXAMPLE)
    kind = draw(st.sampled_from(["missing", "unknown key", "type", "capability", "document", "stance"]))
    match kind:
        case "missing":
            *path, key = draw(st.sampled_from(REQUIRED))
            del _holder(data, tuple(path))[key]
        case "unknown key":
            key = draw(st.from_regex(r"[a-z]{4,9}_[a-z]{1,9}", fullmatch=True).filter(lambda word: word not in EXAMPLE))
            known_keys = {"base_url", "edit_encoding", "refusal_status", "input_images", "image_bytes", "mask_bytes"}
            if key in known_keys:
                key += "_x"
            _holder(data, draw(st.sampled_from(TABLES)))[key] = draw(WRONG.filter(lambda value: value is not None))
        case "type":
            *path, key = draw(st.sampled_from(TYPED))
            holder = _holder(data, tuple(path))
            holder[key] = draw(st.sampled_from([object_of_another_type(holder[key])]))
            key = str(next(step for step in reversed([*path, key]) if isinstance(step, str)))
        case "capability":
            key = draw(
                st.from_regex(r"[a-z]{1,9}\.[a-z]{1,9}", fullmatch=True).filter(lambda name: name not in catalogue())
            )
            data["claims"][draw(st.integers(0, 1))]["capability"] = key
        case "document":
            key = draw(st.from_regex(r"[a-z]{1,9}", fullmatch=True).filter(lambda key: key not in data["documents"]))
            draw(st.sampled_from([data["limits"], *data["claims"]]))["document"] = key
        case _:
            key = "stance"
            stance = draw(st.text(max_size=9).filter(lambda word: word not in ("offered", "declined")))
            data["claims"][draw(st.integers(0, 1))]["stance"] = stance
    return data, str(key)


def object_of_another_type(value: object) -> object:
    """Return a value that no place holding `value` accepts."""
    return 3.5 if isinstance(value, str | list | dict) else "word"


@given(mutations())
def test_any_single_fault_is_one_sentence(mutation: tuple[dict[str, Any], str]) -> None:
    """Whatever one thing is wrong, the refusal is one line that names the file and the place."""
    data, word = mutation
    with pytest.raises(GatewayFileError) as raised:
        loads(toml(data), "folder/x.toml")
    sentence = str(raised.value)
    assert sentence.startswith("folder/x.toml")
    assert word in sentence
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence


@given(st.text())
def test_no_text_is_anything_but_refused(text: str) -> None:
    """Text that is no gateway file is refused with the one kind of exception, whatever it holds."""
    with pytest.raises(GatewayFileError):
        loads(text)


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is refused with the place of the first byte that does not fit."""
    path = tmp_path / "x.toml"
    path.write_bytes(b'name = "\xe9"')
    with pytest.raises(GatewayFileError, match=r"x\.toml: byte 8 is not UTF-8; save the file as UTF-8\."):
        load(path)


TASKS: Final = """
[async]
id = "id"
status = "status"
result = "data"
done = ["done"]
"""


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('failed = ["DONE"]', 'async names "done" in two states; expected each word in one of queued'),
        ('poll = "/tasks"', 'async.poll is "/tasks"; expected the path of a task with {id} in it'),
        ("interval = 0", "async.interval is 0; expected seconds between two polls, above 0"),
        ('id_path = "id"', "id_path"),
    ],
)
def test_an_unclear_table_of_tasks_is_one_sentence(lines: str, sentence: str) -> None:
    """A word in two states, a path without the task's name, a wait of nothing."""
    with pytest.raises(GatewayFileError) as raised:
        loads(EXAMPLE + TASKS + lines, "x.toml")
    assert sentence in str(raised.value)
