"""Recipes of derived quantities: which physics formula makes a property out of others, draw by draw.

`block` hands them to a slice of a pool. The file is long because it is a table: one recipe a quantity, of few lines.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.laws import split_normal
from ssbscreen.core.properties import PROPERTIES, Property
from ssbscreen.physics import (
    contact,
    elasticity,
    electrode,
    electrodeposition,
    electronic,
    polymer_mechanics,
    polymer_stability,
    transport,
)
from ssbscreen.physics.critical_current import critical_current_fit, is_near_measured
from ssbscreen.physics.pair_cell import CURRENTS
from ssbscreen.physics.partial_volume import li_volume_ratio
from ssbscreen.physics.transitions import has_melted
from ssbscreen.ranking import cells
from ssbscreen.ranking.block import Block, Recipe
from ssbscreen.ranking.cells import catholyte_of, cell_of, interface_resistance, separator_thickness
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.lithium_side import LITHIUM_SIDE
from ssbscreen.ranking.quantities import Quantities


def of_formula(row: Property) -> Recipe:
    """Recipe of a row of the property table that names its formula."""
    call, inputs = row.formula.rstrip(")").split("(")
    module, name = call.split(".")
    function = getattr(import_module(f"ssbscreen.physics.{module}"), name)

    def recipe(b: Block) -> np.ndarray:
        value = function(*(_input(b, key) for key in inputs.split(", ")))
        return np.log10(value) if row.is_log else value

    return recipe


def _input(b: Block, key: str) -> np.ndarray:
    """What a formula takes: a property in natural units or in log10, else a condition of the profile."""
    if key.startswith("log10:"):
        return b.stored(key.removeprefix("log10:"))
    if key == "separator_thickness":
        return separator_thickness(b)
    if key == "interface_resistance":
        return interface_resistance(b)
    if key == "cell_voltage":  # a host of lithium takes its potential off
        return b.shared(key) - b.pool.operating.negative_electrode.potential
    return b.natural(key) if key in PROPERTIES else b.shared(key)


def _of_fact(name: str) -> Recipe:
    return lambda b: b.expand(name)


def _density(b: Block) -> np.ndarray:
    return b.fact("density") / b.once(_volume_error)


def _volume_error(b: Block) -> np.ndarray:
    is_estimated = b.fact("is_volume_estimated").astype(bool)
    error = b.own_error("volume_error")
    return np.where(is_estimated, b.own_error("volume_estimate_error"), error) if is_estimated.any() else error


def _youngs_modulus(b: Block) -> np.ndarray:
    """From K and G; where only G and Poisson's ratio are known, E = 2 G (1 + nu)."""
    value = elasticity.youngs_modulus(b.natural("bulk_modulus"), b.natural("shear_modulus"))
    return np.where(np.isnan(value), 2.0 * b.natural("shear_modulus") * (1.0 + b.natural("poisson_ratio")), value)


def _fracture_toughness(b: Block) -> np.ndarray:
    volume = b.fact("volume_per_atom") * b.once(_volume_error)
    value = elasticity.fracture_toughness(
        b.natural("bulk_modulus"), b.natural("shear_modulus"), volume, is_crystalline=b.fact("is_crystalline")
    )
    return value * b.own_error("toughness_error")


def _stability_parameter(b: Block) -> np.ndarray:
    return electrodeposition.stability_parameter(
        b.natural("shear_modulus"),
        b.natural("poisson_ratio"),
        b.once(_li_volume_ratio),
        wave_number=b.shared("wave_number"),
    )


def _stiffness_distance(b: Block) -> np.ndarray:
    modulus, ratio = b.natural("shear_modulus"), b.once(_li_volume_ratio)
    return electrodeposition.stiffness_distance(
        modulus, b.natural("poisson_ratio"), ratio, wave_number=b.shared("wave_number")
    )


def _polymer_shear_modulus(b: Block) -> np.ndarray:
    """Of polymers by their glass transition; missing for everything else."""
    transition, soft = b.stored("glass_transition"), b.cited("shear_modulus")
    if soft is None or np.isnan(transition).all():
        return b.missing()
    glassy, molten = (
        polymer_mechanics.drawn_modulus(known, b.own_noise("cited shear_modulus"))
        for known in (polymer_mechanics.GLASSY_SHEAR_MODULUS, polymer_mechanics.MOLTEN_SHEAR_MODULUS)
    )
    melted = has_melted(list(b.fact("formula")[:, 0]), b.temperature()[:, 0])[:, None]
    return polymer_mechanics.shear_modulus(transition, b.temperature(), glassy, soft, molten, melted)


def _li_volume_ratio(b: Block) -> np.ndarray:
    """Room of Li+ over that in the metal: from coordination and class, else the profile's; doubt shared by all."""
    classes = b.fact("chemistry_class")[:, 0]
    estimate = li_volume_ratio(classes, b.fact("li_coordination")[:, 0].astype(float))
    number = b.group_noise("li_volume_ratio")[None, :]
    centre, low, high = (np.log10(v)[:, None] for v in (estimate.value, estimate.low, estimate.high))
    drawn = 10.0 ** split_normal(number, centre, low, high)
    given = np.where((classes == "polymer")[:, None], b.shared("li_volume_ratio_polymer"), b.shared("li_volume_ratio"))
    return np.where(np.isnan(drawn), given, drawn)


def _polymer(b: Block) -> polymer_stability.PolymerStability:
    """Draws from functional groups; NaN for everything but polymers."""
    present = [str(keys).split() for keys in b.fact("polymer_groups")[:, 0]]
    shared = {k: b.group_noise(f"polymer group {k}") for k in sorted({key for keys in present for key in keys})}
    own = b.own_noise("polymer groups") if shared else np.zeros(b.shape)
    return polymer_stability.polymer_stability(present, shared, own)


def _critical_current(b: Block) -> np.ndarray:
    """Of the contact with lithium, bare or behind a layer.

    One set of coefficients a draw for all, and cells scatter in the shown interval alone. Unknown in the cold, where no
    cell was measured.
    """
    stream = "critical_current"
    conductivity, growing = b.stored("ionic_conductivity"), b.natural("p_li_mixed_conducting")
    if b.pool.plating is None:
        return b.missing()
    levels, temperature = b.pool.plating.take(b.index), b.temperature()
    value = levels.critical_current(
        conductivity, growing, temperature, lambda name: b.group_noise(f"{stream} {name}"), b.own_noise(stream)
    )
    if b.pool.operating.negative_electrode.has_layer:
        drawn = critical_current_fit().drawn(lambda name: b.group_noise(f"{stream} {name}"))
        value = value + drawn["layer between"]
    std = np.maximum(value.std(axis=1), 1e-9)
    b.widen(stream, np.hypot(std, levels.scatter) / std)
    return np.where(is_near_measured(temperature), value, np.nan)


def _p_passivating(b: Block) -> np.ndarray:
    return 1.0 - b.natural("p_li_stable") - b.natural("p_li_mixed_conducting")


def _of_cell(name: str) -> Recipe:
    return lambda b: np.broadcast_to(getattr(b.once(cell_of), name), b.shape)


def _at_current(name: str, index: int) -> Recipe:
    return lambda b: np.broadcast_to(getattr(b.once(cell_of), name)[index], b.shape)


def _of_cathode(name: str) -> Recipe:
    """A value of the pair's cathode; missing for a material by itself."""

    def recipe(b: Block) -> np.ndarray:
        values = b.cathode_values()
        return b.missing() if values is None else np.broadcast_to(getattr(values, name), b.shape)

    return recipe


def _voltage_drop(b: Block) -> np.ndarray:
    """Of the whole cell for a pair, of separator and lithium interface for an electrolyte by itself."""
    is_pair = b.pool.cathodes is not None
    resistance = b.once(cell_of).area_specific_resistance if is_pair else b.natural("area_specific_resistance")
    return transport.voltage_drop(resistance, b.shared("current_density"))


def _oxidation_margin(b: Block) -> np.ndarray:
    values = b.cathode_values()
    voltage = b.shared("cell_voltage") if values is None else values.average_voltage
    between = b.natural("contact_oxidation_limit")  # of a coating, where the pair has one
    second, own = b.once(catholyte_of), b.natural("oxidation_limit")
    outer = own if second is None else second.natural("oxidation_limit")
    # collector and carbon meet the electrolyte whatever stands on the particles
    share = np.clip(b.shared("coated_share"), 0.0, 1.0)
    return np.where(np.isnan(between), outer, share * between + (1.0 - share) * outer) - voltage


def _electronic_resistivity(b: Block) -> np.ndarray:
    measured = b.pool.extrinsic
    if measured is None:
        return b.missing()
    mean, coarse, fine = (
        b.by_family(lambda *family, name=name: getattr(measured.of(*family), name))[:, None]
        for name in ("mean", "std_coarse", "std_fine")
    )
    stream = "electronic_resistivity"
    extrinsic = mean + coarse * b.class_noise(stream) + fine * b.family_noise(stream)
    extrinsic = extrinsic + measured.std_material * b.own_noise(stream)
    shared = np.hypot(coarse, fine)[:, 0]
    b.widen(stream, np.hypot(shared, measured.std_own) / np.maximum(np.hypot(shared, measured.std_material), 1e-9))
    # a PBE gap lies below the true one, and tables of measured gaps list doped insulators as metals: take the larger
    gap = np.fmax(b.natural("band_gap"), b.natural("band_gap_pbe"))
    return electronic.electronic_resistivity(gap, extrinsic, b.temperature())


def _critical_temperature(b: Block) -> np.ndarray:
    """By Arrhenius' law, and by that of Vogel where a polymer has one."""
    temperature = b.temperature()
    conductivity, energy, freezing = b.stored("ionic_conductivity"), b.activation_energy(), b.vogel_temperature()
    value = transport.critical_temperature(conductivity, energy, temperature)
    bent = (freezing > -ZERO_CELSIUS).any(axis=1)
    if bent.any():
        law = conductivity[bent], energy[bent], freezing[bent], temperature[bent]
        value[bent] = transport.vogel_temperature_of(-3.0, *law)
    return value


def _contact_kept(pressure: float) -> Recipe:
    return lambda b: contact.contact_kept(b.natural("stack_pressure"), pressure)


def _active_density(b: Block) -> np.ndarray:
    values = b.cathode_values()
    return b.natural("density") if values is None else np.asarray(values.density)


_AT = {i: f"{1e3 * current:g}mA" for i, current in enumerate(CURRENTS)}
_CELL = {
    "cell_energy_grav": "energy_grav",
    "cell_energy_vol": "energy_vol",
    "cell_cost": "cost",
    "thickness_swing": "thickness_swing",
    "areal_capacity_500": "areal_capacity_for_target",
    "catholyte_conductivity": "catholyte_conductivity",
    "electronic_margin": "electronic_margin",
}
_RECIPES: dict[str, Recipe] = {
    **{f"contact_kept_{pressure:g}MPa": _contact_kept(pressure) for pressure in contact.PRESSURES},
    **LITHIUM_SIDE,
    "use_temperature": lambda b: np.broadcast_to(b.temperature().astype(np.float32), b.shape),
    "density": _density,
    "youngs_modulus": _youngs_modulus,
    "fracture_toughness": _fracture_toughness,
    "stability_parameter": _stability_parameter,
    "stiffness_distance": _stiffness_distance,
    "shear_modulus": _polymer_shear_modulus,
    "electronic_resistivity": _electronic_resistivity,
    "critical_current": _critical_current,
    "voltage_drop": _voltage_drop,
    "critical_temperature_1mS": _critical_temperature,
    "oxidation_limit": lambda b: b.once(_polymer).oxidation_limit,
    "reduction_limit": lambda b: b.once(_polymer).reduction_limit,
    "p_li_stable": lambda b: b.once(_polymer).p_stable,
    "p_li_mixed_conducting": lambda b: b.once(_polymer).p_mixed,
    "p_li_passivating": _p_passivating,
    "oxidation_margin": _oxidation_margin,
    "coating_conductivity": lambda b: np.broadcast_to(cells.coating_conductivity(b), b.shape),
    "coating_resistance": cells.coating_resistance,
    "misfit_stress": lambda b: np.broadcast_to(cells.misfit_stress(b), b.shape),
    "stack_pressure": lambda b: contact.stack_pressure(b.natural("misfit_stress"), b.shared("carried_share")),
    "crack_free_diameter": lambda b: np.broadcast_to(cells.crack_free_diameter(b), b.shape),
    "self_discharge": lambda b: np.broadcast_to(cells.self_discharge(b), b.shape),
    "li_volume_ratio": lambda b: b.once(_li_volume_ratio),
    "average_voltage": _of_cathode("average_voltage"),
    "volume_change_on_charge": _of_cathode("volume_change_on_charge"),
    "capacity_grav": _of_cathode("capacity_grav"),
    "capacity_vol": lambda b: electrode.capacity_vol(b.natural("capacity_grav"), _active_density(b)),
    "max_delta_volume": lambda b: electrode.max_delta_volume(np.maximum(b.natural("volume_change_on_charge"), -0.9)),
    "stability_discharge": lambda b: b.natural("energy_above_hull"),  # the candidate is the discharged state
}
RECIPES: dict[str, Recipe] = {
    **{key: _of_fact(key) for key in PROPERTIES if key in Facts.__dataclass_fields__},
    **{key: of_formula(row) for key, row in PROPERTIES.items() if row.formula},
    **{key: _of_cell(name) for key, name in _CELL.items()},
    **{f"voltage_drop_{name}": _at_current("voltage_drop", i) for i, name in _AT.items()},
    **{f"usable_thickness_{name}": _at_current("usable_thickness", i) for i, name in _AT.items()},
    **{f"usable_capacity_{name}": _at_current("usable_capacity", i) for i, name in _AT.items()},
    **_RECIPES,
}
"""Property key -> recipe: a fact of the candidate, a formula of the property table, a number of the cell, or one of its
own where a formula alone does not say it."""


def block(quantities: Quantities, rows: slice, n_draws: int | None = None) -> Block:
    """Candidates of a slice; quantities are computed when asked for and kept as long as the block.

    Args:
        quantities: the pool.
        rows: contiguous.
        n_draws: the first ones; all when None.
    """
    return Block(quantities, rows, quantities.n_draws if n_draws is None else n_draws, RECIPES)
