"""OpenAI's own clients drive the reference through what is new."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from openai import OpenAI

from docs.tools.sdk import node
from docs.tools.sdk.drives import CAPABILITIES, node_names, run_node
from docs.tools.sdk.drives.python import DRIVES
from gateprobe.library import probes
from gateprobe.probe import PROBES
from gateprobe.reference import Served, serve
from tests.support.proofs.probe_proofs import stored

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning"),  # openai 3.57 with websockets 17.1
]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve OpenAI's persona once."""
    with serve("openai") as running:
        yield running


@pytest.mark.parametrize("name", DRIVES)
def test_the_client_for_python_is_served(name: str, served: Served) -> None:
    """The client does what the drive says, without an error."""
    with OpenAI(base_url=served.url, api_key=served.key, max_retries=0) as client:
        DRIVES[name](client)


def test_the_client_for_node_is_served(served: Served) -> None:
    """The client for Node does the same, in one process."""
    folder, package = node.home(), node.folder()
    if shutil.which("node") is None or package is None or int(node.version(package).partition(".")[0]) < 7:
        pytest.skip("openai 7 for Node is not installed")
    if not (folder / "node_modules" / "ws").is_dir():
        pytest.skip("ws for Node is not installed")
    assert run_node(served.url, served.key, folder) == dict.fromkeys(DRIVES, "")


def test_both_clients_are_driven_alike() -> None:
    """No drive is missing in either language, and each exercises a capability."""
    assert node_names() == DRIVES.keys() == CAPABILITIES.keys()


def test_each_driven_capability_is_proved() -> None:
    """Each has a probe; each of its probes contradicts a faulty reference and not the same one without the fault."""
    probes()
    of_drives = {capability for capabilities in CAPABILITIES.values() for capability in capabilities}
    assert {probe.capability for probe in PROBES.values()} >= of_drives
    proofs = stored()
    proved = [probe.id for probe in PROBES.values() if probe.capability in of_drives]
    assert {(proofs[name].verdict, proofs[name].without) for name in proved} == {("contradicted", "confirmed")}
