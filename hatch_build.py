"""Compile the catalogues of translations into the wheel, so that an installed gateprobe needs no Babel."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]  # generic in newer versions only
    """Add a compiled catalogue for each language."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile each catalogue into the build folder; a checkout (editable) reads the sources."""
        if version == "editable":
            return
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("language", root / "gateprobe" / "language.py")
        if spec is None or spec.loader is None:
            raise FileNotFoundError(root / "gateprobe" / "language.py")
        language = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(language)
        for source in sorted((root / "gateprobe" / "locale").glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo").relative_to(root)
            compiled = Path(self.directory) / "catalogues" / target
            compiled.parent.mkdir(parents=True, exist_ok=True)
            compiled.write_bytes(language.compile_catalogue(source))
            build_data["force_include"][str(compiled)] = str(target)
