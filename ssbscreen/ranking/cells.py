"""From the draws of an electrolyte and the conditions of a profile to the numbers of a cell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ssbscreen.physics import cathode_cracking, composite_cathode
from ssbscreen.physics.amorphous_films import FILM_ACTIVATION, film_conductivity
from ssbscreen.physics.cell import Stack, self_discharge_month
from ssbscreen.physics.cost import SYMBOLS, element_prices
from ssbscreen.physics.negative_electrode import NegativeElectrode
from ssbscreen.physics.pair_cell import (
    CathodeValues,
    CellConditions,
    ElectrolyteValues,
    PairCell,
    active_thickness,
    pair_leakage,
    pair_stress,
)
from ssbscreen.physics.transport import conductivity_at
from ssbscreen.ranking.block import Block


def cell_of(b: Block) -> PairCell:
    """Cell of each row of a block: its own cathode where the rows are pairs, else the profile's reference cathode."""
    coating = b.stored("coating_conductivity") if b.pool.cathodes is not None else None
    return PairCell(electrolyte_of(b), _cathode(b), conditions_of(b), _second(b), coating)


def self_discharge(b: Block) -> np.ndarray:
    """Share of the capacity that is lost in a month.  # (m, n_draws)"""
    leakage = pair_leakage(electrolyte_of(b), _cathode(b), conditions_of(b), _second(b))
    return self_discharge_month(leakage, b.shared("areal_capacity"))


def misfit_stress(b: Block) -> np.ndarray:
    """Between the particles of the cathode and the electrolyte around them, MPa.  # (m, n_draws)"""
    return pair_stress(_second(b) or electrolyte_of(b), _cathode(b))


def crack_free_diameter(b: Block) -> np.ndarray:
    """Of cathode particles up to which the electrolyte around them does not crack, micrometre.  # (m, n_draws)"""
    catholyte = b.once(catholyte_of) or b
    modulus, nu = catholyte.natural("youngs_modulus"), catholyte.natural("poisson_ratio")
    energy = cathode_cracking.fracture_energy(catholyte.natural("fracture_toughness"), modulus, nu)
    return cathode_cracking.crack_free_diameter(misfit_stress(b), energy, modulus, nu, _cathode(b).youngs_modulus)


def coating_conductivity(b: Block) -> np.ndarray:
    """Of a material as a film, log10(S/cm): that of its crystal or, of an oxide, of its amorphous film, the better one.

    Whoever makes the film may lay it down either way. Pairs are told what stands between.  # (m, n_draws)
    """
    own = b.stored("ionic_conductivity")
    oxides = np.flatnonzero(b.fact("chemistry_class")[:, 0] == "oxide")
    if b.pool.cathodes is not None or not len(oxides):
        return own if b.pool.cathodes is None else b.missing()
    films = [film_conductivity(str(formula)) for formula in b.fact("formula")[oxides, 0]]
    mean, std = (np.array([getattr(film, name) for film in films])[:, None] for name in ("mean", "std"))
    drawn = mean + std * b.own_noise("amorphous film")[oxides]
    best = np.array(own, dtype=np.float64)
    best[oxides] = np.fmax(best[oxides], conductivity_at(drawn, np.array(FILM_ACTIVATION), b.temperature()[oxides]))
    return best


def coating_resistance(b: Block) -> np.ndarray:
    """Of the film of a pair; of a material by itself as a film on the profile's cathode, ohm cm2.  # (m, n_draws)"""
    if b.pool.cathodes is not None:
        return np.broadcast_to(b.once(cell_of).coating_resistance, b.shape)
    film, c, cathode = b.stored("coating_conductivity"), conditions_of(b), reference_cathode(b)
    active = active_thickness(c.areal_capacity, cathode.capacity_grav, cathode.density)
    return composite_cathode.coating_resistance(film, c.coating_thickness, active, c.particle_diameter)


def _cathode(b: Block) -> CathodeValues:
    """Of each row, its voltage against the negative electrode of the profile."""
    cathode = b.cathode_values() or reference_cathode(b)
    return replace(cathode, average_voltage=cathode.average_voltage - _electrode(b).potential)


def _second(b: Block) -> ElectrolyteValues | None:
    second = b.once(catholyte_of)
    return None if second is None else electrolyte_of(second)


def catholyte_of(b: Block) -> Block | None:
    """Block of the electrolytes on the side of the cathode, made once for all that ask for it."""
    return b.catholyte()


def _electrode(b: Block) -> NegativeElectrode:
    return b.pool.operating.negative_electrode


def electrolyte_of(b: Block) -> ElectrolyteValues:
    """The electrolyte of each row, its window against the negative electrode of the profile.  # arrays (m, n_draws)"""
    potential = _electrode(b).potential
    is_oxide = (b.fact("chemistry_class") == "oxide").astype(bool)
    return ElectrolyteValues(
        density=b.natural("density"),
        log10_conductivity=b.stored("ionic_conductivity"),
        log10_resistivity=b.stored("electronic_resistivity"),
        youngs_modulus=b.natural("youngs_modulus"),
        poisson_ratio=b.natural("poisson_ratio"),
        hardness=b.natural("hardness"),
        reduction_limit=b.natural("reduction_limit") - potential,
        oxidation_limit=b.natural("oxidation_limit") - potential,
        cost=b.stored("raw_material_cost"),
        active_fraction=np.where(is_oxide, b.shared("active_fraction_oxide"), b.shared("active_fraction")),
    )


def reference_cathode(b: Block) -> CathodeValues:
    """The cathode that a profile names for comparing electrolytes by themselves.  # arrays (1, n_draws)"""
    return CathodeValues(
        average_voltage=b.shared("cell_voltage"),
        capacity_grav=b.shared("active_capacity"),
        density=b.shared("active_density"),
        volume_change_on_charge=b.shared("cathode_volume_change"),
        youngs_modulus=b.shared("cathode_modulus"),
        cost=_reference_cost(),
    )


def separator_thickness(b: Block) -> np.ndarray:
    """That of the profile, but not thinner than its family or class has been made, micrometre.  # (m, n_draws)"""
    return np.broadcast_to(np.fmax(b.shared("separator_thickness"), b.fact("practical_thickness")), b.shape)


def excess_lithium(b: Block) -> np.ndarray:
    """Lithium of the negative electrode beyond what the cathode brings, micrometre.  # (1, n_draws)"""
    return b.shared("excess_lithium") * float(_electrode(b).has_excess_lithium)


def is_layered(b: Block) -> np.ndarray:
    """Whether another electrolyte stands on the side of the cathode.  # (m, 1) bool"""
    if b.pool.catholytes is None:
        return np.zeros((len(b.index), 1), dtype=bool)
    return np.asarray(b.pool.noise_owners[b.index] != b.pool.catholytes.noise_owners[b.index])[:, None]


def interface_resistance(b: Block) -> np.ndarray:
    """Of the negative side with the layer that lies before it, ohm cm2.  # (1, n_draws)"""
    return b.shared("interface_resistance") + _electrode(b).resistance


def conditions_of(b: Block) -> CellConditions:
    """Stack and use of the profile.  # arrays (1, n_draws), the separator (m, n_draws)"""
    electrode = _electrode(b)
    stack = Stack(
        separator_thickness=separator_thickness(b),
        excess_li_thickness=excess_lithium(b),
        cathode_porosity=b.shared("cathode_porosity"),
        cu_thickness=b.shared("cu_thickness"),
        al_thickness=b.shared("al_thickness"),
        host_mass=electrode.host_mass,
        host_thickness=electrode.host_thickness,
        stored_thickness=electrode.stored_thickness,
        layer_mass=electrode.layer_mass,
        layer_thickness=electrode.layer_thickness,
        catholyte_thickness=np.where(is_layered(b), b.shared("catholyte_thickness"), 0.0),
    )
    return CellConditions(
        areal_capacity=b.shared("areal_capacity"),
        stack=stack,
        interface_resistance=interface_resistance(b),
        contact_resistance=np.where(is_layered(b), b.shared("contact_resistance"), 0.0),
        window_slack=b.shared("window_slack"),
        coating_thickness=b.shared("coating_thickness"),
        particle_diameter=b.shared("particle_diameter"),
        percolation_threshold=b.shared("percolation_threshold"),
        allowed_drop=b.shared("composite_drop"),
        lithium_cost=_price("Li"),
        copper_cost=_price("Cu"),
        aluminium_cost=_price("Al"),
        host_cost=_price(electrode.host) if electrode.host else 0.0,
    )


@cache
def _price(symbol: str) -> float:
    return float(element_prices()[SYMBOLS.index(symbol)])


@cache
def _reference_cost() -> float:
    from pymatgen.core import Composition

    from ssbscreen.physics.cost import raw_material_cost

    return raw_material_cost(Composition("LiNi0.8Mn0.1Co0.1O2"))
