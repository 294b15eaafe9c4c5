"""Everything that the command imports; `forked` loads this module once, in the process from which it forks."""

from __future__ import annotations

import importlib
import pkgutil

from PIL import Image

import gateprobe
from gateprobe.gateway import reference
from gateprobe.library import probes

for module in pkgutil.walk_packages(gateprobe.__path__, "gateprobe."):
    importlib.import_module(module.name)
probes(relay=True)
reference()
Image.init()
