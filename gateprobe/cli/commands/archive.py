"""`gateprobe combine`, `gateprobe pack` and `gateprobe prune`."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from gateprobe import files
from gateprobe.audit.stored import archive as archives
from gateprobe.audit.stored.extraction import extract
from gateprobe.cli.options import ONE_GATEWAY
from gateprobe.cli.param_types import PATH, ByteSize, Number, Whole
from gateprobe.cli.stored_runs import warn_of_foreign
from gateprobe.cli.summary import summary
from gateprobe.errors import NoSuchRunError
from gateprobe.formats import write_html
from gateprobe.formats.words import count
from gateprobe.language import localise
from gateprobe.record import file as record


def runs_of(folder: Path) -> tuple[Path, ...]:
    """Return the runs in a folder, finished or not.

    Raises:
        NoSuchRunError: it is not a folder of runs; the message states what it is.
    """
    if os.path.lexists(folder / "run.jsonl"):
        raise NoSuchRunError(f"{folder} is a run; give the folder that contains it: {folder.parent}")
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise NoSuchRunError(f"{folder} {what}; give the folder that contains the runs (--store or --out)")
    for name in sorted(path.name for path in folder.iterdir() if path.is_symlink() and path.is_dir()):
        click.echo(f"Warning: {folder / name} is a link and is left out", err=True)
    return tuple(files.runs(folder))


@click.command()
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN …")
@click.option("-o", "--out", "--output", "out", required=True, type=PATH, help="The new run folder.")
def combine(runs: tuple[Path, ...], out: Path) -> int:
    """Join runs of different gateways (the shards of one audit) into one."""
    code = archives.combine(runs, out)
    combined = record.load(out)
    click.echo(localise(summary, combined, write_html(combined)))
    return code


@click.command(params=[ONE_GATEWAY])
@click.argument("run", type=PATH)
@click.option("-o", "--output", "--out", "output", type=PATH, help="The archive.  [default: RUN.tar.gz]")
def pack(run: Path, output: Path | None, gateway: str | None) -> None:
    """Pack a RUN into one archive that a vendor can open, read and judge again. It contains no key."""
    name = run.resolve().name if gateway is None else f"{run.resolve().name}-{files.stem(gateway)}"
    archive = output or run.resolve().with_name(f"{name}.tar.gz")
    if gateway is None:
        size = archives.pack(run, archive, os.environ, name)
    else:
        with TemporaryDirectory() as folder:
            write_html(extract(run, gateway, Path(folder)))
            size = archives.pack(Path(folder), archive, os.environ, name)
    warn_of_foreign([run])
    click.echo(f"{archive}  {count(size, 'byte')}")


@click.command()
@click.argument("folder", default="reports", type=PATH)
@click.option("--older-than", type=Number(0, 36_500), metavar="DAYS", help="Delete runs that are older.")
@click.option(
    "--larger-than", type=ByteSize(), metavar="SIZE", help="Delete the oldest runs until the rest fits: 500M, 2G."
)
@click.option("--keep", "newest", type=Whole(0), default=1, show_default=True, help="Always keep the newest N.")
@click.option("--dry-run", is_flag=True, help="Only print the runs that would be deleted.")
def prune(folder: Path, older_than: float | None, larger_than: int | None, newest: int, dry_run: bool) -> None:
    """Delete old runs, by age and by size. Without --older-than or --larger-than, nothing is deleted.

    A run of a running audit is never deleted.
    """
    if not runs_of(folder):
        click.echo(f"{folder} contains no run; there is nothing to delete")
        return
    runs = archives.runs_in(folder)
    old = archives.to_prune(runs, datetime.now(UTC), days=older_than, size=larger_than, keep=newest)
    idle = [run for run in old if not archives.is_running(run.folder)]
    for run in idle:
        if not dry_run:
            shutil.rmtree(run.folder)
        what = "to delete" if dry_run else "deleted"
        click.echo(f"{what}: {run.folder}  {run.started_at}  {count(run.size, 'byte')}")
    click.echo(f"{count(len(runs) - len(idle), 'run')} left of {len(runs)}")
