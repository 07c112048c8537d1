"""What the ranking must know of each candidate besides predictions: names, class, family, volume, price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.formulation import acid_gas
from ssbscreen.core.identity import family_of
from ssbscreen.core.recognition import classify, element_amounts
from ssbscreen.physics.cost import raw_material_costs, scarce_elements, supply_risks
from ssbscreen.physics.electrode import density
from ssbscreen.physics.gibbs import volume_per_atom
from ssbscreen.physics.hazards import fire_grades, hazardous_shares
from ssbscreen.physics.partial_volume import lithium_coordination
from ssbscreen.physics.polymer_stability import groups_of
from ssbscreen.physics.processing import glass_former_share, practical_thicknesses, processing_temperatures
from ssbscreen.physics.safety import h2s_limits, recyclable_shares

GLASS_WORDS = ("glass", "amorphous")


@dataclass(frozen=True)
class Facts:
    """Arrays with one entry a candidate.

    Attributes:
        candidate_ids: unique.  # (n,) str
        formula, chemistry_class, family: as printed.  # (n,) str
        volume_per_atom: cubic angstrom, from the crystal, else the sum of element volumes; NaN for polymers.  # (n,)
        density: g/cm3 from the same volume.  # (n,)
        is_volume_estimated: whether it is a sum of element volumes.  # (n,) bool
        is_crystalline: False for polymers and glasses.  # (n,) bool
        temperature_c: at which conductivity was predicted, degree C.  # (n,)
        n_li: Li in the formula as given, NaN for polymers.  # (n,)
        molar_mass: of the same formula, g/mol, NaN for polymers.  # (n,)
        raw_material_cost: USD/kg of the elements, NaN where a price is missing and for polymers.  # (n,)
        supply_risk: Herfindahl-Hirschman index of the elements' production, NaN likewise.  # (n,)
        processing_temperature: highest of densification for the family or class, degree C, NaN unread.  # (n,)
        practical_thickness: thinnest separator read for the family or class, micrometre, NaN unread.  # (n,)
        li_coordination: of Li by anions in the crystal, NaN without one.  # (n,)
        polymer_groups: functional groups of a polymer, joined by spaces, empty for everything else.  # (n,) str
        h2s_limit: cm3/g when every sulfide ion becomes H2S, NaN for polymers.  # (n,)
        moisture_gas: mg/g that a polymer sets free at most in humid air; NaN for everything else, which has a phase
            diagram.  # (n,)
        recyclable_share: of the metals by weight, NaN for polymers.  # (n,)
        scarce_elements: those of short supply, joined by spaces, empty for polymers and without any.  # (n,) str
        hazardous_share: by weight, of elements whose compounds are hazardous, NaN for polymers.  # (n,)
        fire_grade: of the class, 0 does not burn to 3 flammable, NaN unread.  # (n,)
        glass_former_share: of the cations other than Li and H, NaN where glasses are no networks.  # (n,)
    """

    candidate_ids: np.ndarray
    formula: np.ndarray
    chemistry_class: np.ndarray
    family: np.ndarray
    volume_per_atom: np.ndarray = field(repr=False)
    density: np.ndarray = field(repr=False)
    is_volume_estimated: np.ndarray = field(repr=False)
    is_crystalline: np.ndarray = field(repr=False)
    temperature_c: np.ndarray = field(repr=False)
    n_li: np.ndarray = field(repr=False)
    molar_mass: np.ndarray = field(repr=False)
    raw_material_cost: np.ndarray = field(repr=False)
    supply_risk: np.ndarray = field(repr=False)
    processing_temperature: np.ndarray = field(repr=False)
    practical_thickness: np.ndarray = field(repr=False)
    li_coordination: np.ndarray = field(repr=False)
    polymer_groups: np.ndarray = field(repr=False)
    h2s_limit: np.ndarray = field(repr=False)
    moisture_gas: np.ndarray = field(repr=False)
    recyclable_share: np.ndarray = field(repr=False)
    scarce_elements: np.ndarray = field(repr=False)
    glass_former_share: np.ndarray = field(repr=False)
    hazardous_share: np.ndarray = field(repr=False)
    fire_grade: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        lengths = {f.name: len(getattr(self, f.name)) for f in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Facts of unequal length: {lengths}.")
        if len(set(self.candidate_ids)) != len(self.candidate_ids):
            raise ValueError("Facts with a candidate_id given twice.")

    def __len__(self) -> int:
        return len(self.candidate_ids)

    def take(self, rows: np.ndarray) -> Facts:
        """The rows of an index array, in its order."""
        return Facts(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def facts_of(candidates: Sequence[Candidate]) -> Facts:
    """Read the facts off candidates; class and family are recognised from composition and structure.

    A source's own family name wins where it is one of ours. A candidate whose provenance, family or label says glass
    or amorphous is not treated as a crystal.
    """
    compositions = [None if c.polymer is not None else c.composition for c in candidates]
    classes = [classify(c.composition, c.polymer is not None) for c in candidates]
    families = [family_of(c) for c in candidates]
    cells = [c.crystal for c in candidates]
    volumes = [_volume_per_atom(c, composition) for c, composition in zip(cells, compositions, strict=True)]
    n_li = [np.nan if c is None else element_amounts(c).get("Li", 0.0) for c in compositions]
    return Facts(
        candidate_ids=_text([c.candidate_id for c in candidates]),
        formula=_text([formula_of(c) for c in candidates]),
        chemistry_class=_text(classes),
        family=_text(families),
        volume_per_atom=np.array(volumes, dtype=float),
        density=np.array([_density(c, v) for c, v in zip(compositions, volumes, strict=True)], dtype=float),
        is_volume_estimated=np.array([c is None for c in cells], dtype=bool) & np.isfinite(volumes),
        is_crystalline=np.array([is_crystalline(c) for c in candidates], dtype=bool),
        temperature_c=np.array([c.temperature_c for c in candidates], dtype=float),
        n_li=np.array(n_li, dtype=float),
        molar_mass=np.array([np.nan if c is None else float(c.weight) for c in compositions], dtype=float),
        raw_material_cost=np.asarray(raw_material_costs(compositions, classes), dtype=float).reshape(-1),
        supply_risk=np.asarray(supply_risks(compositions, classes), dtype=float).reshape(-1),
        processing_temperature=np.asarray(processing_temperatures(classes, families), dtype=float).reshape(-1),
        practical_thickness=np.asarray(practical_thicknesses(classes, families), dtype=float).reshape(-1),
        li_coordination=np.array([np.nan if c is None else lithium_coordination(c) for c in cells], dtype=float),
        polymer_groups=_text([_groups(c) for c in candidates]),
        h2s_limit=h2s_limits(compositions),
        moisture_gas=np.array([_gas(c) for c in candidates], dtype=float),
        recyclable_share=recyclable_shares(compositions),
        scarce_elements=_text(["" if c is None else " ".join(scarce_elements(c)) for c in compositions]),
        glass_former_share=np.array([glass_former_share(c) for c in compositions], dtype=float),
        hazardous_share=hazardous_shares(compositions),
        fire_grade=fire_grades(classes),
    )


def _volume_per_atom(crystal: Crystal | None, composition: Composition | None) -> float:
    if crystal is not None:
        return crystal.volume / crystal.n_atoms
    return np.nan if composition is None else volume_per_atom(element_amounts(composition))


def _density(composition: Composition | None, volume: float) -> float:
    if composition is None:
        return float("nan")
    return float(density(np.asarray(composition.weight, float), np.asarray(volume * float(composition.num_atoms))))


def _gas(candidate: Candidate) -> float:
    found = None if candidate.polymer is None else acid_gas(candidate.polymer)
    return np.nan if found is None else found


def _groups(candidate: Candidate) -> str:
    return "" if candidate.polymer is None else " ".join(groups_of(candidate.polymer.smiles))


def is_crystalline(candidate: Candidate) -> bool:
    """Whether nothing that is said of a candidate calls it a polymer or a glass."""
    if candidate.polymer is not None:
        return False
    words = f"{candidate.provenance} {candidate.family_hint} {candidate.label}".lower()
    return not any(word in words for word in GLASS_WORDS)


def _text(values: Sequence[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)
