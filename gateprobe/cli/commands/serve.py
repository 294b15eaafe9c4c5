"""`gateprobe serve`: an embedded reference gateway, to test a client or this tool."""

from __future__ import annotations

import secrets
import signal
import threading
from urllib.parse import urlsplit

import click

from gateprobe.cli.param_types import Number, OneOf, Whole
from gateprobe.gateway import fault_kinds, find
from gateprobe.language import localise, translated
from gateprobe.message import sentence
from gateprobe.reference import FAULTS, PASSING, PERSONAS
from gateprobe.reference import serve as serve_persona
from gateprobe.reference.drawing.natural.painter import NaturalPainter


@click.command()
@click.argument("persona", default="openai", type=OneOf(PERSONAS))
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="A fault of the gateway, such as `sse.glued_frames`; can be repeated.",
)
@click.option("--port", type=Whole(0, 65535), default=0, help="The port on 127.0.0.1.  [default: a free one]")
@click.option("--key", default="", metavar="TEXT", help="The key that clients send.  [default: a new one]")
@click.option("--delay", type=Number(0), default=0.0, help="Seconds that each picture takes.")
@click.option("--natural", is_flag=True, help="Draw as image models do: no two pictures alike, and none of them flat.")
@click.option("--list-faults", is_flag=True, help="List the faults with their kinds, and exit.")
def serve(  # noqa: PLR0917 - click passes each option by its name
    persona: str, faults: tuple[str, ...], port: int, key: str, delay: float, natural: bool, list_faults: bool
) -> None:
    """Serve a reference gateway (PERSONA) on loopback until stopped with Ctrl-C."""
    if list_faults:
        for kind in fault_kinds().values():
            for name in kind.faults:
                click.echo(f"{name:<28} {kind.id:<24} {localise(translated, FAULTS[name].what)}")
        passing = localise(sentence, "(comes and goes)")
        for name, fault in PASSING.items():
            click.echo(f"{name:<28} {passing:<24} {localise(translated, fault.what)}")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    painter = NaturalPainter(secrets.randbits(32)) if natural else None
    with serve_persona(persona, port=port, delay=delay, faults=faults, painter=painter, key=key) as served:
        click.echo(f"{served.name} at {served.url}  key: {served.key}")
        click.echo(f"export {find(persona).key.env}={served.key} PORT={urlsplit(served.url).port}")
        click.echo(f"gateprobe audit {persona} --base-url {served.url}    # in another shell, after that line")
        stop.wait()
