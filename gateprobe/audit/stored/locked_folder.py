"""The folder of a run while it is audited: nobody else may write to it, and it holds a copy of every gateway file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gateprobe import files
from gateprobe.audit.gateways.targets import Target
from gateprobe.errors import UsageError, unwritable
from gateprobe.gateway import REFERENCE, dumps, reference
from gateprobe.store import folder as store


class LockedFolder:
    """The folder of one audit, locked from `opening` until `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: FileLock | None = None

    @contextmanager
    def opening(self, *, resume: bool) -> Iterator[None]:
        """Create and lock the folder, then run the block that writes the first files.

        Raises:
            UsageError: the folder cannot be written, contains a run already, or another audit is running in it.
        """
        folder = self._folder
        try:
            if (folder / "run.jsonl").exists() and not resume:
                raise UsageError(f"{folder} contains a run already: use --resume {folder}, or name another --out")
            folder.mkdir(parents=True, exist_ok=True)
            files.check(folder, folder / ".lock")
            self._lock = FileLock(folder / ".lock", blocking=False)
            self._lock.acquire()
            store.bodies_of(folder).sweep()
            yield
        except Timeout:
            raise UsageError(f"another audit is running in {folder}; wait for it, or name another --out") from None
        except OSError as error:
            raise unwritable("the run", folder, error) from None

    def close(self) -> None:
        """Release the folder."""
        if self._lock is not None and self._lock.is_locked:
            self._lock.release()
            (self._folder / ".lock").unlink(missing_ok=True)


def write_gateway_files(folder: Path, targets: Iterable[Target]) -> None:
    """Write the file of each gateway, and that of the reference where it is missing."""
    if not files.is_file(folder, folder / "gateways" / f"{REFERENCE}.toml"):
        files.write(folder, folder / "gateways" / f"{REFERENCE}.toml", dumps(reference()).encode())
    for target in targets:
        files.write(folder, store.path_of_gateway(folder, target.gateway.name), dumps(target.gateway).encode())
