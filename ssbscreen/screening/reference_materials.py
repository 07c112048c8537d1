"""The reference materials of a run: rows of the pool where they stand in it, else predicted beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import Materials, composition_groups
from ssbscreen.ranking.reference_materials import ReferenceMaterials
from ssbscreen.screening.candidates.gate import Gated, gate
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.electrodes.charged_state import charged_states_of
from ssbscreen.screening.electrodes.computed import completed
from ssbscreen.screening.evidence.weighing import weigh_pool
from ssbscreen.screening.hulls.pool_hulls import hulls_of
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.needed import needed
from ssbscreen.screening.predict import predictable, predicted
from ssbscreen.screening.rank import quantities_of
from ssbscreen.screening.settings import Plan

CATHODE = "cathode"  # role whose references are cathodes; of every other they are electrolytes
_LITFSI = "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"
_NEAR = 0.15  # mol/kg within which two amounts of salt are one formulation


def reference_electrolytes() -> tuple[Candidate, ...]:
    """One electrolyte of each class that is made in many laboratories; the candidate id is its name.

    Li6PS5Cl; Al-LLZO as Li6.25Al0.25La3Zr2O12; LiPON as the sputtered film Li2.9PO3.3N0.46; Li3YCl6; PEO-LiTFSI with 20
    ether oxygens a lithium (1.135 mol/kg).
    """
    compositions = (
        ("Li6PS5Cl", "Li6PS5Cl", "argyrodite"),
        ("Al-LLZO", "Li6.25Al0.25La3Zr2O12", "garnet"),
        ("LiPON", "Li2.9PO3.3N0.46", "lipon"),
        ("Li3YCl6", "Li3YCl6", "li3mx6_trigonal"),
    )
    inorganic = [
        Candidate(name, parse_composition(text), label=name, is_known=True, family_hint=family)
        for name, text, family in compositions
    ]
    return (*inorganic, Candidate("PEO-LiTFSI", polymer=Polymer("*CCO*", _LITFSI, 1.135), is_known=True))


def reference_cathodes() -> tuple[Candidate, ...]:
    """Cathodes that are sold by the tonne: layered oxides of cobalt and of much nickel, an olivine and a spinel."""
    compositions = (
        ("LiCoO2", "LiCoO2"),
        ("NMC811", "LiNi0.8Mn0.1Co0.1O2"),
        ("NCA", "LiNi0.8Co0.15Al0.05O2"),
        ("LiFePO4", "LiFePO4"),
        ("LiMn2O4", "LiMn2O4"),
    )
    return tuple(Candidate(name, parse_composition(text), label=name, is_known=True) for name, text in compositions)


def references_for(role: str) -> tuple[Candidate, ...]:
    """What every row of a role is held against."""
    return reference_cathodes() if role == CATHODE else reference_electrolytes()


def reference_materials_of(
    plan: Plan, pool: Gated, materials: Materials, references: References, values: Sequence[Reported] | None = None
) -> ReferenceMaterials:
    """Reference materials of a run: rows of its pool, and those that it lacks by the same stages as the pool.

    What fails the gates of the screen is no reference.

    Args:
        plan: of the run.
        pool: after the gates.
        materials: of the pool.
        references: competing phases.
        values: reported ones; everything that can be reached when None.
    """
    rows, missing = in_pool(pool.candidates, materials, references_for(plan.screen.role))
    if not missing:
        return ReferenceMaterials(rows)
    try:
        others = gate(missing, plan.screen)
    except InputError:
        return ReferenceMaterials(rows)
    predictions = predicted(others.candidates, needed(plan, predictable()), plan.settings.device)
    if plan.screen.computed:
        predictions = completed(others.candidates, predictions, plan.screen.computed)
    quiet = replace(plan, progress=lambda *_: None)
    made = materials_of(others.candidates, records=())
    hulls = hulls_of(quiet, others, predictions, references, made)
    hulls = charged_states_of(quiet, others, predictions, hulls, made, references.library)
    weighed = weigh_pool(quiet, others, predictions, made, values=values)
    return ReferenceMaterials(rows, quantities_of(plan, others.facts, weighed, hulls))


def in_pool(
    candidates: Sequence[Candidate], materials: Materials, references: Sequence[Candidate]
) -> tuple[dict[str, int], list[Candidate]]:
    """Rows of the reference materials that a pool holds, and those that it does not hold."""
    rows: dict[str, int] = {}
    missing: list[Candidate] = []
    groups = composition_groups([c.composition for c in (*references, *candidates)])
    for k, reference in enumerate(references):
        if reference.polymer is None:
            alike = np.flatnonzero(groups[len(references) :] == groups[k])
        else:
            alike = np.array([i for i, c in enumerate(candidates) if _is_same_blend(c.polymer, reference.polymer)], int)
        standing = [i for i in alike.tolist() if materials.is_representative[i] and materials.is_made[i]]
        if standing:
            rows[reference.candidate_id] = standing[0]
        else:
            missing.append(reference)
    return rows, missing


def _is_same_blend(polymer: Polymer | None, reference: Polymer) -> bool:
    """Whether the chain and the salt are the same, and nearly as much of it; ions may be written in either order."""
    if polymer is None or polymer.molality is None or reference.molality is None:
        return False
    ions = [sorted(str(p.salt_smiles).split(".")) for p in (polymer, reference)]
    is_near = abs(polymer.molality - reference.molality) <= _NEAR
    return polymer.smiles == reference.smiles and ions[0] == ions[1] and is_near
