"""Small gateways whose promises a test can state in full."""

from __future__ import annotations

from gateprobe.gateway import Gateway, loads

HEAD = """\
name = "{name}"
title = "{name}, Inc."
base_url = "https://{name}.example/v1"
[key]
env = "K"
[models]
text = "gpt-5.5"
image = "{image}"
[documents.new]
title = "The new page"
url = "https://{name}.example/new"
date = "2026-10"
language = "en"
[documents.old]
title = "旧页"
date = "2026-01-31"
language = "zh"
"""


def vendor(name: str, *rows: str, image: str = "gpt-image-2") -> Gateway:
    """Make a gateway of rows `capability stance document [values]`; each quote is `name: document`."""
    text = HEAD.format(name=name, image=image)
    for row in rows:
        capability, stance, document, *values = row.split(maxsplit=3)
        text += f'[[claims]]\ncapability = "{capability}"\nstance = "{stance}"\ndocument = "{document}"\n'
        text += f'quote = "{name}: {document}"\n' + (f"values = {values[0]}\n" if values else "")
    return loads(text if rows else f"claims = []\n{text}")


ACME = vendor(
    "acme",
    "images.generate.n offered new [1, 2, 3, 4]",
    "images.generate.n declined old",
    "images.generate.quality offered old ['low', 'high']",
    "images.edit offered new",
)
BETA = vendor(
    "beta",
    "images.generate.n declined new",
    "images.generate.quality offered new ['low']",
    "images.edit offered old",
    image="gpt-image-1",
)
MUTE = vendor("mute")
