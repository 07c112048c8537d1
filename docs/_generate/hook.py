"""Adds the generated pages to the site; mkdocs calls the functions by name."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from _generate.markdown import table
from _generate.pages import generated_pages


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages of the models in the navigation, where `Models` stands without pages."""
    names = sorted(p for p in generated_pages() if p.startswith("reference/models/"))
    for section in config.nav or ():
        for entry in next(iter(section.values())) if isinstance(section, dict) else ():
            if isinstance(entry, dict) and entry.get("Models") == []:
                entry["Models"] = [{Path(name).stem: name} for name in names]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    for name, text in generated_pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, config: MkDocsConfig, **_: object) -> str:
    """Put the rows of a CSV file where `<!-- table: FILE -->` stands."""

    def rows(found: re.Match[str]) -> str:
        with (Path(config.docs_dir) / found.group(1)).open(encoding="utf-8", newline="") as stream:
            header, *lines = csv.reader(stream)
        return table(header, lines)

    return re.sub(r"<!-- table: (\S+) -->", rows, markdown)
