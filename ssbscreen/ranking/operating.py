"""Conditions a candidate is scored under: fixed or sampled values, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from ssbscreen.core.errors import UsageError
from ssbscreen.core.laws import split_normal
from ssbscreen.physics.negative_electrode import NegativeElectrode, negative_electrode
from ssbscreen.physics.use_temperature import USE_TEMPERATURES, use_temperatures

OWN_TEMPERATURES: Literal["own"] = "own"


class Sampled(BaseModel):
    """A number, or a distribution given by its median and its central 90 %.

    Attributes:
        value: median.
        low, high: 5th and 95th percentile; both or none. Without them the value is fixed.
        scale: "log" draws a (split) log-normal, "linear" a (split) normal distribution.
        source: where the numbers come from, or that they are an assumption of the project.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> Sampled:
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or none of them")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"needs low <= value <= high, given {self.low}, {self.value}, {self.high}")
        if self.scale == "log" and min(self.value, self.low if self.low is not None else self.value) <= 0:
            raise ValueError("a log scale needs positive numbers")
        return self

    def sample(self, noise: np.ndarray) -> np.ndarray:
        """Values for standard normal numbers; the two sides may be of different width."""
        if self.low is None or self.high is None:
            return np.full(np.shape(noise), self.value, dtype=np.float64)
        bend = np.log10 if self.scale == "log" else np.asarray
        centre, low, high = (float(bend(v)) for v in (self.value, self.low, self.high))
        drawn = split_normal(noise, centre, low, high)
        return 10.0**drawn if self.scale == "log" else drawn


def _electrode(value: object) -> object:
    try:
        return negative_electrode(value) if isinstance(value, str) else value
    except UsageError as error:
        raise ValueError(str(error)) from None


class Operating(BaseModel):
    """Cell, sample and model-error values that the formulas need besides the candidate's own properties.

    Attributes:
        negative_electrode: what stands opposite the cathode; a profile gives its name.
        temperature_c: of use, degree C.
        has_own_temperatures: whether a class with a temperature of use of its own is taken there instead.
        current_density: A/cm2.
        areal_capacity: mAh/cm2.
        cell_voltage: V, for leakage and stack energy.
        separator_thickness: micrometre.
        excess_lithium: micrometre.
        active_capacity: of the reference cathode, mAh/g.
        active_fraction: weight share of active material in the composite with a soft electrolyte.
        active_fraction_oxide: the same with an oxide.
        active_density: of the reference cathode, g/cm3.
        cathode_volume_change: of the reference cathode on charge, signed fraction.
        cathode_modulus: Young's modulus of the reference cathode's particles, GPa.
        cathode_porosity: volume share of pores in the composite cathode.
        cu_thickness, al_thickness: whole foils, micrometre.
        percolation_threshold: volume share from which the catholyte of a composite hangs together.
        composite_drop: loss of voltage allowed in the composite cathode, V, for its usable thickness.
        coating_thickness: of a film on the cathode's particles, nm.
        particle_diameter: of the cathode's particles, micrometre.
        catholyte_thickness: of the layer of a second electrolyte on the composite, micrometre.
        contact_resistance: between two electrolytes, ohm cm2.
        window_slack: by which an electrolyte's window is wider in a cell than calculated, V.
        cell_width: between the rods of the fixture, cm. module_height: of the cells between two plates, cm.
        plate_bow: deflection of the middle of a plate over the width, as far as the pressure may vary.
        coated_share: share of the surface at the cathode's potential that a coating keeps from the electrolyte.
        carried_share: share of the misfit stress that the stack pressure must carry.
        flaw_size: depth of surface flaws, micrometre.
        interface_resistance: of the lithium interface, ohm cm2.
        wave_number: of the interface perturbation, 1/m.
        li_volume_ratio: room of Li+ in an inorganic electrolyte over that in lithium metal.
        li_volume_ratio_polymer: the same in a polymer.
        activation_energy: eV, for candidates whose own is not predicted, drawn for each of them.
        volume_error: relative error of cell volumes, drawn for each candidate around 1.
        volume_estimate_error: the same where the volume is a sum of element volumes.
        toughness_error: factor on the toughness formula, drawn for each candidate.
        life: of a cell, years.
        growth_activation: of the growth constant of an interphase, eV.
        creep_activation: of the creep of lithium, eV.
        stripping_error: factor on the critical stripping current, drawn for each candidate.
        cell_capacity: of a whole cell, Ah.
        laboratory_area: of the electrodes of laboratory cells, cm2.
        weibull_modulus: of critical currents of equal layers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    negative_electrode: Annotated[NegativeElectrode, BeforeValidator(_electrode)]
    temperature_c: Sampled
    has_own_temperatures: bool = False
    current_density: Sampled
    areal_capacity: Sampled
    cell_voltage: Sampled
    separator_thickness: Sampled
    excess_lithium: Sampled
    active_capacity: Sampled
    active_fraction: Sampled
    active_fraction_oxide: Sampled
    active_density: Sampled
    cathode_volume_change: Sampled
    cathode_modulus: Sampled
    cathode_porosity: Sampled
    cu_thickness: Sampled
    al_thickness: Sampled
    percolation_threshold: Sampled
    composite_drop: Sampled
    coating_thickness: Sampled
    particle_diameter: Sampled
    catholyte_thickness: Sampled
    contact_resistance: Sampled
    window_slack: Sampled
    coated_share: Sampled
    carried_share: Sampled
    cell_width: Sampled
    module_height: Sampled
    plate_bow: Sampled
    flaw_size: Sampled
    interface_resistance: Sampled
    wave_number: Sampled
    li_volume_ratio: Sampled
    li_volume_ratio_polymer: Sampled
    activation_energy: Sampled
    volume_error: Sampled
    volume_estimate_error: Sampled
    toughness_error: Sampled
    life: Sampled
    growth_activation: Sampled
    creep_activation: Sampled
    stripping_error: Sampled
    cell_capacity: Sampled
    laboratory_area: Sampled
    weibull_modulus: Sampled

    @model_validator(mode="after")
    def _fixed(self) -> Operating:
        if self.temperature_c.low is not None:
            raise ValueError("temperature_c is one fixed number a profile; make a second profile for another one")
        if complaint := self._melts(self.hottest_c):
            raise ValueError(complaint)
        return self

    @property
    def hottest_c(self) -> float:
        """Highest temperature at which a candidate is used, degree C."""
        own = [row.usual for row in USE_TEMPERATURES] if self.has_own_temperatures else []
        return max([self.temperature_c.value, *own])

    def temperatures_of(self, chemistry_classes: Sequence[str]) -> np.ndarray:
        """Temperature of use of candidates of these classes, degree C.  # (n,)"""
        if self.has_own_temperatures:
            return use_temperatures(chemistry_classes, self.temperature_c.value)
        return np.full(len(chemistry_classes), self.temperature_c.value)

    def at(self, temperature_c: float | Literal["own"]) -> Operating:
        """The same conditions at another temperature of use, degree C, or with each class at its own.

        Raises:
            UsageError: the negative electrode melts there.
        """
        if temperature_c == OWN_TEMPERATURES:
            found = self.model_copy(update={"has_own_temperatures": True})
        else:
            given = Sampled(value=float(temperature_c), source="asked for")
            found = self.model_copy(update={"temperature_c": given, "has_own_temperatures": False})
        if complaint := found._melts(found.hottest_c):
            raise UsageError(complaint)
        return found

    def _melts(self, temperature_c: float) -> str:
        """What is wrong with a temperature (degree C), empty where nothing is."""
        electrode = self.negative_electrode
        if temperature_c < electrode.highest_temperature:
            return ""
        return (
            f"temperature_c is {temperature_c:g}, but negative_electrode '{electrode.key}' melts at "
            f"{electrode.highest_temperature:g} degree C and no molten electrode is described here; give a lower "
            "temperature"
        )
