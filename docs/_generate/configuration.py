"""The page of configuration files, from the types that read them."""

from __future__ import annotations

import typing

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from _generate.docstrings import attributes_of, summary_of
from _generate.markdown import table
from ssbscreen.files.paths import configs_dir
from ssbscreen.ranking.criteria import Criterion, Override, Profile, Screen
from ssbscreen.screening.settings import PairSettings, PoolSettings, Settings
from ssbscreen.training.config import BaselineConfig, LossConfig, ModelConfig, SamplingConfig, SplitConfig

_FILES: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("Settings of a screen: `configs/defaults.yaml` and `--config`", (Settings, PoolSettings, PairSettings)),
    ("Screens: `configs/screens/*.yaml`", (Screen, Criterion)),
    ("Profiles: `configs/profiles/*.yaml`", (Profile, Override)),
    ("Models: `configs/models/*.yaml`", (ModelConfig, SplitConfig, LossConfig, SamplingConfig, BaselineConfig)),
)


def configuration_page() -> str:
    """Keys, types, defaults and meanings of every kind of configuration file."""
    lines = [
        "# Configuration files\n",
        "Made from the types that read the files. Unknown keys are refused with the nearest known one.\n",
    ]
    for title, kinds in _FILES:
        lines.append(f"## {title}\n")
        for kind in kinds:
            if kind.__doc__ and attributes_of(kind):
                lines += [f"### {kind.__name__}\n", f"{summary_of(kind.__doc__)}\n", _keys(kind)]
        if kinds[0] is Settings:
            text = (configs_dir() / "defaults.yaml").read_text(encoding="utf-8")
            lines += ["Keys, defaults and meanings:\n", f"```yaml\n{text}```\n"]
    return "\n".join(lines)


def _keys(kind: type[BaseModel]) -> str:
    meanings = attributes_of(kind)
    rows = [
        (f"`{key}`", f"`{_type(field.annotation)}`", _default(field.default), meanings.get(key, ""))
        for key, field in kind.model_fields.items()
    ]
    return table(("key", "type", "default", "meaning"), rows)


def _type(annotation: object) -> str:
    text = annotation.__name__ if isinstance(annotation, type) and not typing.get_args(annotation) else str(annotation)
    return (
        text.replace("typing.", "").replace("ssbscreen.", "").replace("NoneType", "None").split("training.config.")[-1]
    )


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return ""
    return "see below" if isinstance(value, BaseModel) else f"`{value!r}`"
