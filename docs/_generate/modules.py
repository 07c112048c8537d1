"""The page of Python modules and the page of formulas, from docstrings alone."""

from __future__ import annotations

from pathlib import Path

import ssbscreen
from _generate.docstrings import functions_of, module_summary
from _generate.markdown import linked, table

_PACKAGE = Path(ssbscreen.__file__).parent


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def modules_page() -> str:
    """Every module with its first line and its public names, one table a folder."""
    lines = [
        "# Python modules\n",
        "Made from the docstrings. What a folder may import stands in [Architecture](../architecture.md).\n",
    ]
    for folder in sorted(path.parent for path in _PACKAGE.glob("*/**/__init__.py")):
        rows = []
        for path in _modules(folder):
            names = ", ".join(f"`{f.name}`" for f in functions_of(path, path.stem))
            rows.append((f"`{path.stem}`", module_summary(path), names))
        name = ".".join(folder.relative_to(_PACKAGE.parent).parts)
        lines += [f"## {name}\n", table(("module", "what", "public names"), rows)]
    return "\n".join(lines)


def formulas_page() -> str:
    """Every function of `ssbscreen.physics` that names a source."""
    lines = [
        "# Formulas and their sources\n",
        "Made from the docstrings of `ssbscreen/physics`. How they fit together stands in [Physics](physics.md).\n",
    ]
    for path in _modules(_PACKAGE / "physics"):
        rows = [(f"`{f.name}`", f.summary, linked(f.source)) for f in functions_of(path, path.stem) if f.source]
        if rows:
            lines += [f"## {path.stem}\n", f"{module_summary(path)}\n", table(("function", "what", "source"), rows)]
    return "\n".join(lines)
