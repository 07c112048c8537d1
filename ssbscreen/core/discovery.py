"""From the name of a file to the class that lives in it: no registry to forget an entry in."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from ssbscreen.core.errors import unknown


def module_names(package: str, skip: tuple[str, ...] = ("base",)) -> tuple[str, ...]:
    """Names of the modules of a package, sorted, without `skip`."""
    found = importlib.import_module(package)
    return tuple(sorted(m.name for m in pkgutil.iter_modules(found.__path__) if m.name not in skip))


def load(package: str, name: str, attribute: str) -> Any:
    """The object `attribute` of module `name` of a package.

    Raises:
        UsageError: the package has no such module.
    """
    names = module_names(package)
    if name not in names:
        raise unknown(package.rsplit(".", 1)[-1], name, names)
    return getattr(importlib.import_module(f"{package}.{name}"), attribute)
