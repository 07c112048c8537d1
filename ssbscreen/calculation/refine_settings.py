"""How the leaders of a run are calculated: read strictly from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ssbscreen.calculation.dynamics import Dynamics
from ssbscreen.calculation.potentials import get_potential
from ssbscreen.calculation.straining import Effort
from ssbscreen.calculation.transport import Prior
from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_mapping, validate

StepName = Literal["order", "relax", "hull", "phonons", "elastic", "diffusion"]
STEPS: tuple[StepName, ...] = get_args(StepName)
_NEEDS: dict[StepName, tuple[StepName, ...]] = {
    "order": (),
    "relax": ("order",),
    "hull": ("relax",),
    "phonons": ("relax",),
    "elastic": ("relax",),
    "diffusion": ("relax",),
}


class _Part(BaseModel):
    """Settings of one step.

    Attributes:
        top: best candidates that it takes.
        max_atoms: of the cell that is calculated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    top: int = Field(ge=1)
    max_atoms: int = Field(ge=1, le=5000)


class OrderSettings(_Part):
    """Orderings of partly occupied crystals."""

    n_orderings: int = Field(ge=1, le=200)
    anneal_c: float = Field(gt=-273.15, le=3000.0)


class RelaxSettings(_Part):
    """Cell and ions at rest."""

    max_seconds: float = Field(ge=1.0)
    max_steps: int = Field(ge=1)
    force: float = Field(gt=0.0)
    stress: float = Field(gt=0.0)

    def effort(self, max_atoms: int | None = None) -> Effort:
        """As the relaxation takes it."""
        return Effort(
            max_atoms=max_atoms or self.max_atoms,
            max_seconds=self.max_seconds,
            max_steps=self.max_steps,
            force=self.force,
            stress=self.stress,
        )


class HullSettings(_Part):
    """Competing phases."""

    within: float = Field(ge=0.0, le=1.0)
    n_competing: int = Field(ge=1)
    leaves_above: float = Field(gt=0.0)


class PhononSettings(_Part):
    """Finite displacements."""

    min_length: float = Field(gt=0.0)
    max_seconds: float = Field(ge=1.0)


class ElasticSettings(_Part):
    """Elastic tensor."""

    max_seconds: float = Field(ge=1.0)


class ActivationPrior(BaseModel):
    """Normal distribution of an activation energy before any run, eV."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: float = Field(gt=0.0, le=3.0)
    std: float = Field(gt=0.0, le=3.0)


class DiffusionSettings(_Part):
    """Molecular dynamics.

    Attributes:
        rattle: random displacement along each axis before the supercell comes to rest, angstrom.
        activation_prior: with which the runs of every leader are brought to 25 degree C; none unless it is given.
    """

    potential: str
    temperatures_k: tuple[float, ...] = Field(min_length=2, max_length=8)
    picoseconds: float = Field(gt=0.0)
    equilibration_ps: float = Field(ge=0.0)
    step_fs: float = Field(gt=0.0, le=5.0)
    min_length: float = Field(gt=0.0)
    max_hours: float = Field(gt=0.0)
    rattle: float = Field(default=0.1, ge=0.0, le=0.5)
    activation_prior: ActivationPrior | None = None

    @model_validator(mode="after")
    def _something_is_left(self) -> Self:
        if self.equilibration_ps >= self.picoseconds:
            raise ValueError(
                f"equilibration_ps {self.equilibration_ps:g} leaves nothing of picoseconds {self.picoseconds:g}, of "
                "which it is a part"
            )
        return self

    def prior(self) -> Prior | None:
        """As the way to 25 degree C takes it."""
        held = self.activation_prior
        return None if held is None else Prior(held.mean, held.std)

    def dynamics(self, has_hydrogen: bool, seed: int) -> Dynamics:
        """As the runs take it."""
        return Dynamics(
            temperatures_k=self.temperatures_k,
            picoseconds=self.picoseconds,
            equilibration_ps=self.equilibration_ps,
            step_fs=min(self.step_fs, 1.0) if has_hydrogen else self.step_fs,
            min_length=self.min_length,
            max_atoms=self.max_atoms,
            rattle=self.rattle,
            seed=seed,
        )


class RefineSettings(BaseModel):
    """All settings of a refinement; `configs/refine.yaml` explains each.

    Attributes:
        engine: which brings crystals to rest: one after the other, or many at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    potential: str
    engine: Literal["ase", "torch_sim"] = "ase"
    order: OrderSettings
    relax: RelaxSettings
    hull: HullSettings
    phonons: PhononSettings
    elastic: ElasticSettings
    diffusion: DiffusionSettings


def load_refine_settings(path: Path | None = None) -> RefineSettings:
    """Settings of `configs/refine.yaml`, and over them those of another file, which may give some keys alone.

    Raises:
        UsageError: a key or a potential is unknown, or a value is not allowed.
    """
    defaults = configs_dir() / "refine.yaml"
    values = read_mapping(defaults)
    for key, given in (read_mapping(path) if path else {}).items():
        held = values.get(key)
        values[key] = held | given if isinstance(held, dict) and isinstance(given, dict) else given
    settings = validate(values, RefineSettings, path or defaults)
    for name in (settings.potential, settings.diffusion.potential):
        get_potential(name)
    return settings


def steps_of(names: list[str]) -> tuple[StepName, ...]:
    """Steps in their order, with those that others need.

    Raises:
        UsageError: there is no such step, or none was named.
    """
    if not names:
        raise UsageError(f"--steps names nothing; give some of {', '.join(STEPS)}.")
    wanted: set[StepName] = set()
    for name in names:
        step = next((s for s in STEPS if s == name), None)
        if step is None:
            raise unknown("step", name, STEPS)
        wanted.add(step)
    for step in reversed(STEPS):
        if step in wanted:
            wanted.update(_NEEDS[step])
    return tuple(step for step in STEPS if step in wanted)
