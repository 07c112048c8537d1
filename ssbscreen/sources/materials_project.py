"""Materials Project through mp-api, with the user's own key: structures, moduli, energies, gaps, hull entries."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import DataUnavailable, InputError, UsageError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.reference import ReferencePhases

_log = logging.getLogger(__name__)
KEY_VARIABLE = "MP_API_KEY"
FIELDS = [
    "material_id",
    "structure",
    "symmetry",
    "formation_energy_per_atom",
    "band_gap",
    "bulk_modulus",
    "shear_modulus",
    "theoretical",
]
_LABELS = (  # field of the summary document, property key, unit
    ("formation_energy_per_atom", "formation_energy", "eV/atom"),
    ("band_gap", "band_gap_pbe", "eV"),
    ("bulk_modulus", "bulk_modulus", "GPa"),
    ("shear_modulus", "shear_modulus", "GPa"),
)


class MaterialsProject:
    """Asks the summary endpoint; what it answers is not stored beyond the run."""

    name = "materials_project"
    dataset = ""

    def load(
        self,
        elements: Sequence[str] = ("Li",),
        max_sites: int = 200,
        material_ids: Sequence[str] = (),
        client: Any = None,
    ) -> Records:
        """Crystals with their computed properties.

        Args:
            elements: that every material must hold.
            max_sites: of the cell.
            material_ids: given ones instead of a search by elements.
            client: an open `mp_api.client.MPRester`; None opens one with the key of the user.

        Raises:
            DataUnavailable: no key, no mp-api, or no answer; the message says what to do.
        """
        search: dict[str, Any] = {"fields": FIELDS, "all_fields": False, "deprecated": False}
        if material_ids:
            search["material_ids"] = list(material_ids)
        elif elements:
            search |= {"elements": list(elements), "num_sites": (1, max_sites)}
        else:
            raise UsageError("Name elements or material ids to ask the Materials Project for.")
        documents = _ask(client, lambda c: c.materials.summary.search(**search))
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for document in documents:
            try:
                candidate = _candidate(document)
            except InputError as error:
                rejected.append(Rejected(f"materials_project:{_field(document, 'material_id')}", str(error)))
                continue
            candidates.append(candidate)
            for field, key, unit in _LABELS:
                value = _vrh(_field(document, field))
                if value is None:
                    continue
                try:
                    measurements.append(
                        in_stored_unit(
                            Measurement(candidate.candidate_id, key, value, method="DFT (PBE)", source=self.name), unit
                        )
                    )
                except InputError as error:
                    rejected.append(Rejected(f"materials_project:{candidate.candidate_id} {key}", str(error)))
        _log.info(
            "materials_project: %d materials, %d values, %d rejected", len(candidates), len(measurements), len(rejected)
        )
        return Records(tuple(candidates), tuple(measurements), tuple(rejected))

    def load_phases(self, chemsys: str, client: Any = None) -> ReferencePhases:
        """Phases with energies against the elements: of a chemical system and its subsystems, or all of them.

        Args:
            chemsys: such as "Li-P-S"; empty for every phase there is.
            client: an open `mp_api.client.MPRester`.

        Raises:
            DataUnavailable: no key, no mp-api, or no answer.
        """
        elements = [e for e in chemsys.split("-") if e]
        systems = [
            "-".join(sorted(e for i, e in enumerate(elements) if mask >> i & 1))
            for mask in range(1, 1 << len(elements))
        ]
        search: dict[str, Any] = {
            "fields": ["material_id", "formula_pretty", "formation_energy_per_atom"],
            "all_fields": False,
            "deprecated": False,
        }
        if systems:
            search["chemsys"] = systems
        release, *documents = _ask(client, lambda c: [_release(c), *c.materials.summary.search(**search)])
        rows = [(str(_field(d, "formula_pretty")), _field(d, "formation_energy_per_atom")) for d in documents]
        known = sorted((formula, float(energy)) for formula, energy in rows if energy is not None)
        energies = np.array([e for _, e in known])
        stamp = f"{chemsys}, {len(known)} entries" if chemsys else release
        return ReferencePhases(tuple(f for f, _ in known), energies, "Materials Project (mp-api)", stamp)


SOURCE = MaterialsProject()


def _release(client: Any) -> str:
    """Version of the database behind a client."""
    ask = getattr(client, "get_database_version", None)
    return str(ask()) if ask is not None else "unknown release"


def _ask(client: Any, question: Any) -> list[Any]:
    """Answer of a given client or of one opened with the user's key."""
    try:
        if client is not None:
            return list(question(client))
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not key:
            raise DataUnavailable(
                f"The Materials Project needs a key of your own: get one at "
                f"next-gen.materialsproject.org/api and set {KEY_VARIABLE}."
            )
        try:
            from mp_api.client import MPRester
        except ImportError as error:
            raise DataUnavailable("mp-api is not installed; install ssbscreen[mp].") from error
        with MPRester(key, use_document_model=False, mute_progress_bars=True, include_user_agent=False) as opened:
            return list(question(opened))
    except DataUnavailable:
        raise
    except Exception as error:  # mp-api raises its own, requests' and pydantic's errors
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataUnavailable(
            f"The Materials Project gave no answer ({first[:200]}); check the key in {KEY_VARIABLE} and the connection."
        ) from error


def _field(document: Any, name: str) -> Any:
    """Field of a document, which mp-api gives as a dictionary or as an object."""
    return document.get(name) if isinstance(document, dict) else getattr(document, name, None)


def _vrh(value: Any) -> float | None:
    """Number of a field; of a modulus its Voigt-Reuss-Hill average."""
    if value is None:
        return None
    if not isinstance(value, (int, float)):
        value = _field(value, "vrh")
    return None if value is None else float(value)


def _candidate(document: Any) -> Candidate:
    structure = _field(document, "structure")
    if isinstance(structure, dict):
        from pymatgen.core import Structure

        structure = Structure.from_dict(structure)
    if structure is None:
        raise InputError("the answer holds no structure")
    symmetry = _field(document, "symmetry")
    number = None if symmetry is None else _field(symmetry, "number")
    return Candidate(
        candidate_id=str(_field(document, "material_id")),
        crystal=Crystal.from_structure(structure),
        source=SOURCE.name,
        provenance="Materials Project",
        is_known=_field(document, "theoretical") is False,
        space_group=None if number is None else int(number),
    )
