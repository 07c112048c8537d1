"""What a run is asked for: settings read strictly from YAML, then resolved once before anything else is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ssbscreen.core.errors import UsageError
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_mapping, validate
from ssbscreen.physics.transitions import LITHIUM_MELTS_C
from ssbscreen.ranking.criteria import Profile, Screen, load_profile, load_screen
from ssbscreen.ranking.operating import OWN_TEMPERATURES
from ssbscreen.screening.exclusion import checked_elements

COLDEST_C = -60.0  # of a temperature of use, degree C
Progress = Callable[[str, int, int], None]
"""Called with stage, work done and work in all."""
PoolName = Literal["literature", "prototypes", "generated", "polymers", "obelix", "mp_crystals"]


def checked_temperature(value: float | Literal["own"] | None) -> float | Literal["own"] | None:
    """A temperature of use at which cells with lithium metal work, degree C; None for that of the profile."""
    if value is not None and value != OWN_TEMPERATURES and not COLDEST_C <= value < LITHIUM_MELTS_C:
        raise ValueError(
            f"{value:g} degree C is outside {COLDEST_C:g} to {LITHIUM_MELTS_C:g}: lithium melts above, and nothing was "
            "measured below"
        )
    return value


def _absolute(path: Path | None) -> Path | None:
    """A folder is named wherever the run is read again."""
    return None if path is None else path.expanduser().resolve()


class PoolSettings(BaseModel):
    """What is screened when no candidates are named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[PoolName, ...]
    n_generated: int | None = Field(ge=1)
    n_polymers: int | None = Field(ge=1)


class PairSettings(BaseModel):
    """Cells of electrolytes with cathodes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    screen: str
    n_electrolytes: int = Field(ge=0, le=1000)
    n_best: int = Field(ge=0)
    cathodes: Path | None
    has_coatings: bool
    has_catholytes: bool


class Settings(BaseModel):
    """All settings of a screen; `configs/defaults.yaml` explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    screen: str
    profile: str
    temperature_c: Annotated[float | Literal["own"] | None, AfterValidator(checked_temperature)]
    seed: int = Field(ge=0)
    n_draws: int = Field(ge=50, le=20_000)
    n_energy_draws: int = Field(ge=50, le=2_000)
    device: Literal["auto", "cpu", "cuda"]
    shard_size: int = Field(ge=1)
    first_pass: int | None = Field(ge=1)
    first_pass_sample: int = Field(ge=25)
    max_sites: int = Field(ge=1, le=10_000)
    exclude: Annotated[tuple[str, ...], AfterValidator(checked_elements)]
    pool: PoolSettings
    pairs: PairSettings
    predict: Literal["needed", "all"]
    evidence: Literal["best", "predicted"]
    calculated: Annotated[Path | None, AfterValidator(_absolute)]
    reference: Literal["auto", "embedded", "measured", "mp", "mp_api"]
    hide_outcomes: bool
    report_top: int = Field(ge=1, le=200)


def load_settings(path: Path | None = None, **overrides: Any) -> Settings:
    """Defaults, then the user's YAML, then the command line.

    Args:
        path: a YAML file with some of the keys of `configs/defaults.yaml`.
        overrides: values from the command line; None means not given.

    Raises:
        UsageError: a key is unknown, a value is not allowed, or the file cannot be read as a YAML mapping.
    """
    defaults = configs_dir() / "defaults.yaml"
    values = read_mapping(defaults)
    if path is not None:
        given = read_mapping(path)
        for part in ("pool", "pairs"):
            if isinstance(given.get(part), dict):
                given[part] = values[part] | given[part]
        values |= given
    values |= {key: value for key, value in overrides.items() if value is not None}
    return validate(values, Settings, path or defaults)


def profile_of(settings: Settings) -> Profile:
    """The profile, at the temperature that was asked for.

    Raises:
        UsageError: there is no such profile.
    """
    profile = load_profile(settings.profile)
    return profile if settings.temperature_c is None else profile.at(settings.temperature_c)


@dataclass(frozen=True)
class Plan:
    """What is screened, how, and where to.

    Attributes:
        settings: of the run.
        inputs: files, folders and named sets; the starter pool when empty.
        screen: criteria and role.
        profile: conditions of use.
        out: run folder.
        progress: what the stages report to.
        started: clock at the beginning, s.
    """

    settings: Settings
    inputs: tuple[str, ...]
    screen: Screen
    profile: Profile
    out: Path
    progress: Progress
    started: float


def make_plan(settings: Settings, inputs: Sequence[str], out: Path, progress: Progress) -> Plan:
    """Look up the screen and the profile by their names.

    Raises:
        UsageError: there is no such screen or profile, or the screen is one of cells.
    """
    screen, profile = load_screen(settings.screen), profile_of(settings)
    if not screen.gates:
        raise UsageError(f"Screen '{screen.name}' names no gates: it ranks cells, which follow the screen of a pool.")
    return Plan(settings, tuple(inputs), screen, profile, out, progress, time.perf_counter())
