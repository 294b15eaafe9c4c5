"""The shape of the engine: who may import whom, who may open a connection, and that nothing grows out of hand."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "gateprobe"
PROBES = ROOT / "probes"

IO = {
    "socket",
    "ssl",
    "httpx",
    "httpcore",
    "requests",
    "urllib.request",
    "http.client",
    "websockets",
    "uvicorn",
    "aiohttp",
}
"""What opens connections."""

ABLE = {"httpx", "httpcore", "websockets", "socket", "ssl", "uvicorn"}
"""Of these, what the parts that may open connections use."""


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            found |= {package} | {f"{package}.{alias.name}" for alias in node.names}
    return frozenset(found)


def files(folder: Path) -> list[Path]:
    """Return the Python files of a folder and below."""
    return sorted(folder.rglob("*.py"))


def uses(path: Path, *modules: str) -> set[str]:
    """Return which of some modules, or parts of them, a file imports."""
    return {
        name for name in imports(path) if any(name == module or name.startswith(f"{module}.") for module in modules)
    }


def offenders(paths: list[Path], *modules: str) -> dict[str, set[str]]:
    """Return the files that import any of some modules."""
    return {str(path.relative_to(ROOT)): found for path in paths if (found := uses(path, *modules))}


def engine_but(*parts: str) -> list[Path]:
    """Return the engine's files outside some of its packages or modules."""
    return [path for path in files(ENGINE) if path.relative_to(ENGINE).parts[0].removesuffix(".py") not in parts]


def test_the_model_imports_messages_alone() -> None:
    """The model needs nothing of ours but the message of a finding."""
    assert all(name.startswith("gateprobe.message") for name in uses(ENGINE / "model.py", "gateprobe"))


def test_only_capture_and_reference_open_connections() -> None:
    """Only two packages ask a gateway or serve one; a module of its own sends the news of a night to chat services."""
    assert not offenders(engine_but("capture", "reference", "notify"), *IO)
    assert uses(ENGINE / "notify.py", "gateprobe") <= {
        *("gateprobe.errors", "gateprobe.errors.UsageError", "gateprobe.model", "gateprobe.model.Json"),
        *("gateprobe.redact.outgoing", "gateprobe.redact.outgoing.add_secrets"),
    }
    assert offenders(files(ENGINE / "capture"), *ABLE)


def test_probes_do_no_io() -> None:
    """Probes are pure: no connection, no file, no process, no clock; a scenario may ask what time it is."""
    banned = (
        *IO,
        "os",
        "io.open",
        "pathlib",
        "subprocess",
        "shutil",
        "tempfile",
        "time",
        "asyncio",
        "threading",
    )
    assert not offenders(files(PROBES), *banned)
    banned_calls = {"open", "print", "input", "eval", "exec"}
    clock = {"now", "today", "utcnow"}
    calls = {
        f"{path.name}:{node.lineno}"
        for path in files(PROBES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and _called(node) in (banned_calls if path.parent.name == "scenarios" else banned_calls | clock)
    }
    assert not calls


def _called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


LATER = {
    "audit": "cli plugin pytest_needs click rich",
    "views": "capture reference cli plugin audit formats",
    "formats": "capture reference cli plugin audit",
    "store": "capture judge record views formats audit cli reference",
    "clients": "capture judge record views formats audit cli reference",
    "provenance": "probe judge capture evidence views formats",
    "request.py": "probe scenario judge capture evidence store",
    "build.py": "capture judge store evidence",
    "library.py": "capture judge store views formats",
    "../probes": (
        "capture store views formats audit cli reference judge.judging judge.findings judge.prepared judge.causation"
    ),
    "stream": "capture reference evidence views formats probe judge",
    "schema": "capture reference evidence views formats stream",
    "wire": "gateway schema stream evidence",
    "gateway": "capture reference evidence views formats probe judge",
    "reference": "gateway capture evidence probe judge views formats",
    "capture": "probe judge views formats cli plugin reference stream",
    "check": "capture reference gateway probe judge views formats cli",
    "judge": "capture store reference cli audit views formats",
    "judge/preconditions.py": "capture store reference judge.judging",
    "probe.py": "capture store judge reference views formats",
    "scenario.py": "capture store judge probe reference views formats",
    "evidence": "capture store judge probe scenario reference views formats",
    "record": "capture store judge probe scenario views formats",
    "plan": "capture store judge reference views formats",
    "plan/oddities.py": "gateway request probe evidence",
    "plan/sizes.py": "gateway request probe evidence",
}
"""For each part, what stands after it in the flow of data, or beside it on purpose."""


@pytest.mark.parametrize(("part", "later"), LATER.items(), ids=LATER)
def test_imports_follow_the_data(part: str, later: str) -> None:
    """What stands further on in the flow of data is not imported by what stands before it."""
    place = ENGINE / part
    assert place.exists()
    banned = [f"gateprobe.{name}" for name in later.split()]
    assert not offenders([place] if place.is_file() else files(place), *banned)


ALONE = {
    "wire/frames.py": (),
    "wire/frame_builder.py": ("gateprobe.wire",),
    "wire/sse.py": ("gateprobe.wire",),
    "redact/__init__.py": ("gateprobe.redact",),
    "wire/signatures.py": (),
    "redact": ("gateprobe.redact", "gateprobe.errors", "gateprobe.wire.signatures"),
    "image": ("gateprobe.image", "gateprobe.message"),
    "text.py": (),
    "suggestions.py": ("gateprobe.text",),
    "language.py": (),
    "message.py": ("gateprobe.language", "gateprobe.text"),
    "errors.py": (),
    "resources.py": (),
    "wording.py": (),
    "urls.py": ("gateprobe.message",),
    "files.py": ("gateprobe.errors", "gateprobe.redact", "gateprobe.text"),
    "codec.py": ("gateprobe.message", "gateprobe.model"),
    "search.py": ("gateprobe.evidence", "gateprobe.request"),
    "probe_source.py": ("gateprobe.errors", "gateprobe.message", "gateprobe.suggestions"),
}
"""For each part that others build on, all that it may import of ours."""

LAST = {"cli", "plugin", "pytest_needs.py"}
"""The clients of an audit: nothing stands after them."""


@pytest.mark.parametrize(("part", "allowed"), ALONE.items(), ids=ALONE)
def test_some_parts_stand_alone(part: str, allowed: tuple[str, ...]) -> None:
    """The modules that handle bytes and text of strangers depend on nothing of ours, or on little."""
    place = ENGINE / part
    used = (uses(path, "gateprobe") for path in ([place] if place.is_file() else files(place)))
    assert {name for names in used for name in names if not name.startswith(allowed)} == set()


def test_each_part_has_a_direction() -> None:
    """Every package and module of the engine has a rule: what it must not import, or all that it may import."""
    parts = {path.name for path in ENGINE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    tested_above = {"__init__.py", "model.py", "notify.py"}
    ruled = {part.partition("/")[0] for part in (*LATER, *ALONE)} | LAST | tested_above
    assert parts - ruled == set()


def test_pytest_is_known_at_the_doorway_only() -> None:
    """Auditing, the commands and everything below them know nothing of pytest."""
    doorway = ("plugin", "pytest_needs")
    assert not offenders(engine_but(*doorway), "pytest", "_pytest")


def test_no_private_pytest() -> None:
    """Only the public API of pytest is used."""
    assert not offenders(files(ENGINE), "_pytest")


@pytest.mark.slow
def test_no_module_imports_itself_in_a_circle() -> None:
    """The modules of the engine can be loaded in an order: no circle of imports at module level."""
    graph = {_name(path): set(_top_level(path)) for path in files(ENGINE)}
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {
            name for name, needs in graph.items() if name not in done and not (needs & graph.keys()) - done - {name}
        }
        assert ready, sorted(graph.keys() - done)
        done |= ready


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top_level(path: Path) -> Iterator[str]:
    """Return the modules that are imported when a file is loaded; a package's own parts count as themselves."""
    known = {_name(file) for file in files(ENGINE)}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gateprobe"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("gateprobe"))


def test_modules_stay_readable() -> None:
    """No module of the engine or of the probes is much longer than 300 lines; most are far shorter."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files(ENGINE) + files(PROBES)
    }
    assert not {name: length for name, length in lengths.items() if length > 500}
    assert sorted(lengths.values())[len(lengths) // 2] < 150


def test_the_environment_is_read_at_the_doorway_only() -> None:
    """Keys come out of the environment where a session begins; whatever works with them is given them."""
    readers = {path.relative_to(ENGINE).parts[0] for path in files(ENGINE) if "os.environ" in path.read_text("utf-8")}
    assert readers <= {"cli", "audit", "plugin", "pytest_needs.py"}
    assert not any("getenv" in path.read_text("utf-8") for path in files(ENGINE))


@pytest.mark.slow
def test_loading_the_engine_opens_nothing() -> None:
    """Importing every module of the engine, and every probe, uses no socket."""
    names = sorted(_name(path) for path in files(ENGINE) if path.name != "__main__.py")
    program = (
        "import sys, importlib\n"
        "def guard(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.bind', 'socket.getaddrinfo', 'subprocess.Popen'):\n"
        "        raise SystemExit(f'{event} {arguments}')\n"
        "sys.addaudithook(guard)\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "from gateprobe.library import probes\n"
        "probes()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
