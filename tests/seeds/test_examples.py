"""The documents' own code examples, run as printed but for address and key, work against that document's persona."""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gateprobe.image import open_picture
from gateprobe.reference import Served, serve
from tests.seeds import examples, printed
from tests.seeds.printed import Printed, Ran

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not printed.SEEDS.is_dir(), reason="the documents are not at hand")]

Serving = Callable[[str], Served]


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """Serve each persona once."""
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(name: str) -> Served:
            if name not in running:
                running[name] = stack.enter_context(serve(name))
            return running[name]

        yield start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the pictures that examples edit; the mask is transparent in its middle."""
    page = Image.new("RGB", (256, 256), "white")
    for name in ("body-lotion", "bath-bomb", "incense-kit", "soap", "sunlit_lounge"):
        page.save(tmp_path / f"{name}.png")
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (64, 64, 192, 192))
    mask.save(tmp_path / "mask.png")
    return tmp_path


def rows(table: Mapping[Printed, tuple[str, ...]]) -> list[Any]:
    """Return a table of examples as a test's parameters."""
    return [pytest.param(example, saved, id=example.name.replace(" ", "-")) for example, saved in table.items()]


def succeeded(ran: Ran, saved: tuple[str, ...]) -> None:
    """Hold that an example ended well and saved whole pictures."""
    assert (ran.status, ran.err) == (0, "")
    for name in saved:
        assert open_picture((ran.folder / name).read_bytes()).format == "png"


@pytest.mark.parametrize(("example", "saved"), rows(examples.PYTHON))
def test_python_examples_work(example: Printed, saved: tuple[str, ...], serving: Serving, folder: Path) -> None:
    """Each Python example ends without a word of complaint and saves what its document says."""
    served = serving(example.persona)
    if "import requests" in example.text():
        pytest.importorskip("requests", reason="the example's own library is not installed")
    succeeded(printed.python(example.code(served), served, folder), saved)


@pytest.mark.parametrize(("example", "saved"), rows(examples.CURL))
def test_shell_examples_work(example: Printed, saved: tuple[str, ...], serving: Serving, folder: Path) -> None:
    """Each curl example works, jq, awk, process substitution and all."""
    for tool in ("bash", "curl", "jq", "file", "base64"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    served = serving(example.persona)
    ran = printed.bash(example.code(served), served, folder)
    complaints = [line for line in ran.err.splitlines() if line.startswith(("curl:", "jq:", "base64:", "example.sh"))]
    assert (ran.status, complaints) == (0, [])
    for name in saved:
        assert open_picture((folder / name).read_bytes()).format == "png"
    if not saved:
        assert "event: response.completed\n" in ran.out


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.skipif(not (printed.NODE / "openai").is_dir(), reason="OpenAI's client for Node is not installed")
@pytest.mark.parametrize(("example", "saved"), rows(examples.NODE))
def test_javascript_examples_work(example: Printed, saved: tuple[str, ...], serving: Serving, folder: Path) -> None:
    """Each JavaScript example ends without a word of complaint and saves what its document says."""
    served = serving(example.persona)
    succeeded(printed.node(example.code(served), served, folder), saved)


def test_an_example_that_shortens_its_picture_works_with_one(serving: Serving, folder: Path) -> None:
    """The printed edit has `...` for the picture; with a picture there, an edit comes back."""
    served = serving("vibeapi")
    whole = base64.b64encode((folder / "soap.png").read_bytes()).decode()
    code = examples.VIBE_EDIT.code(served).replace("base64,...", f"base64,{whole}")
    ran = printed.python(f"{code}\nprint([event.type for event in stream][-1])\n", served, folder)
    succeeded(ran, ())
    assert ran.out == "response.completed\n"


def test_the_printed_way_to_make_a_mask_makes_one_that_is_taken(serving: Serving, folder: Path) -> None:
    """A black and white mask becomes one with alpha, and the printed edit works with it."""
    Image.new("L", (256, 256), 0).save(folder / "black.png")
    served = serving("vibeapi")
    code = 'img_path_mask = "black.png"\n' + examples.VIBE_MAKE_MASK.code(served)
    succeeded(printed.python(code, served, folder), ())
    made = (folder / "mask_alpha.png").read_bytes()
    assert Image.open(io.BytesIO(made)).mode == "RGBA"
    (folder / "mask.png").write_bytes(made)
    succeeded(printed.python(examples.VIBE_MASK.code(served), served, folder), ("composition.png",))


def test_lost_indentation_is_put_back() -> None:
    """The last lines stand as deep as their digits say, the others at the left."""
    flat = "x = f(\n)\nfor e in x:\n if e:\n g(e)\nh()"
    assert printed.indented(flat, "0120") == "x = f(\n)\nfor e in x:\n    if e:\n        g(e)\nh()\n"
