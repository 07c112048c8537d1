"""From the name of a file to the object that lives in it: no registry to forget an entry in."""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

from ssbscreen.core.errors import unknown


@cache
def names(package: str, attribute: str) -> tuple[str, ...]:
    """Names of the modules of a package that define an attribute at their top level, sorted; none is imported.

    Args:
        package: dotted name, such as "ssbscreen.sources".
        attribute: of a class or an object, such as "SOURCE".
    """
    found = importlib.util.find_spec(package)
    places = found.submodule_search_locations if found is not None else None
    definition = re.compile(rf"^(class {attribute}\b|{attribute}\s*[:=])", re.MULTILINE)
    files = [path for place in places or () for path in Path(place).glob("*.py")]
    return tuple(sorted(path.stem for path in files if definition.search(path.read_text(encoding="utf-8"))))


def load(package: str, name: str, attribute: str) -> Any:
    """The object `attribute` of module `name` of a package.

    Raises:
        UsageError: no module of that name defines it; the message names those that do.
    """
    allowed = names(package, attribute)
    if name not in allowed:
        raise unknown(package.rsplit(".", 1)[-1].removesuffix("s"), name, allowed)
    return getattr(importlib.import_module(f"{package}.{name}"), attribute)
