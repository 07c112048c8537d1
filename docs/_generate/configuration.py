"""The page of configuration files, from the types that read them."""

from __future__ import annotations

import re
import typing
from dataclasses import is_dataclass

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from _generate.docstrings import attributes_of, summary_of
from _generate.markdown import table
from ssbscreen.files.paths import configs_dir
from ssbscreen.ranking.criteria import Criterion, Override, Profile, Screen
from ssbscreen.ranking.operating import Operating, Sampled
from ssbscreen.training.config import BaselineConfig, LossConfig, ModelConfig, SamplingConfig, SplitConfig

_FILES: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("Screens: `configs/screens/*.yaml`", (Screen, Criterion)),
    ("Profiles: `configs/profiles/*.yaml`", (Profile, Override, Operating, Sampled)),
    ("Models: `configs/models/*.yaml`", (ModelConfig, SplitConfig, LossConfig, SamplingConfig, BaselineConfig)),
)


def configuration_page() -> str:
    """Keys, types, defaults and meanings of every kind of configuration file."""
    defaults = (configs_dir() / "defaults.yaml").read_text(encoding="utf-8")
    lines = [
        "# Configuration files\n",
        "Made from the types that read the files. Unknown keys are refused with the nearest known one.\n",
        "## Settings of a screen: `configs/defaults.yaml` and `--config`\n",
        f"Keys, defaults and meanings:\n\n```yaml\n{defaults}```\n",
    ]
    for title, kinds in _FILES:
        lines.append(f"## {title}\n")
        for kind in kinds:
            lines += [f"### {kind.__name__}\n", f"{summary_of(kind.__doc__)}\n", _keys(kind)]
    return "\n".join(lines)


def _keys(kind: type[BaseModel]) -> str:
    meanings = attributes_of(kind)
    rows = [
        (f"`{key}`", _type(field.annotation), _default(field.default), meanings.get(key, ""))
        for key, field in kind.model_fields.items()
    ]
    return table(("key", "type", "default", "meaning"), rows)


_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Any": "any value"}


def _type(annotation: object) -> str:
    """What may be written, in words."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (tuple, list):
        is_list = origin is list or inner[-1] is Ellipsis
        return f"list of {_type(inner[0])}" if is_list else f"{len(inner)} values"
    if origin is dict:
        return f"mapping of {_type(inner[0])} to {_type(inner[1])}"
    if inner:
        return " or ".join("empty" if kind is type(None) else _type(kind) for kind in inner)
    name = getattr(annotation, "__name__", str(annotation))
    if is_dataclass(annotation):  # a file names a row of a table of the package
        return "name of a" + re.sub(r"(?=[A-Z])", " ", name).lower()
    return _WORDS.get(name, f"[{name}](#{name.lower()})")


def _default(value: object) -> str:
    """Default as it would be written; empty where a value must be given or everything is left out."""
    if value is PydanticUndefined or isinstance(value, BaseModel) or value in (None, "", (), {}):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
