"""Digitised room-temperature conductivities and activation energies (Laskowski et al. 2023)."""

from __future__ import annotations

import re
from functools import partial

import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.oxidation import can_balance
from ssbscreen.core.properties import get_property
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.agreement import check_charges
from ssbscreen.readers.bound_text import parse_bound

_ZERO_FOR_O = re.compile(r"\(P0(?=4\))")  # (P04) is (PO4)
_LOST_POINT = re.compile(r"(?<=[a-z])0(?=\d)|(?<=[A-Z])0(?=\d)")  # P05 is P0.5
_EXACT = 1e-6


class Laskowski(DataSet):
    """Reads `digitized_data_for_SSEs.csv`."""

    name = "laskowski"
    dataset = "laskowski"

    def load(self) -> Records:
        """One candidate a row, with its conductivity and, where given, its activation energy.

        Papers are not named in the table. Neighbouring rows of one space group whose sets of elements differ by
        at most one element each way carry the same label in the split group "doi".
        """
        table = pd.read_csv(self.folder() / "digitized_data_for_SSEs.csv", dtype=str, keep_default_na=False)
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        series, before = 0, (frozenset[str](), "")
        for line, cells in enumerate(table.itertuples(index=False, name=None), 2):
            formula, conductivity, energy, group, icsd = (str(cell).strip() for cell in cells[:5])
            key = f"laskowski-{line}"
            try:
                composition, correction = read_formula(formula)
                value, bound = parse_bound(conductivity.replace("−", "-").replace("–", "-"))
            except InputError as error:
                rejected.append(Rejected(f"laskowski:{key}", str(error)))
                continue
            elements = frozenset(str(e) for e in composition.elements)
            if group != before[1] or max(len(elements - before[0]), len(before[0] - elements)) > 1:
                series += 1
            before = (elements, group)
            labels = {"doi": f"laskowski series {series}", "icsd": icsd.removesuffix(".0")}
            as_measured = partial(Measurement, key, method="experiment", source=self.name, groups=labels)
            faults: list[str] = []
            if get_property("ionic_conductivity").is_plausible(value):
                measurements.append(
                    in_stored_unit(
                        as_measured("ionic_conductivity", value, bound=bound, temperature_c=ROOM_TEMPERATURE_C), "S/cm"
                    )
                )
            else:
                faults.append(
                    f"conductivity '{conductivity}' S/cm is impossible for a solid; "
                    "is the sign of its exponent missing?"
                )
            if energy:
                try:
                    measurements.append(in_stored_unit(as_measured("activation_energy", float(energy)), "eV"))
                except ValueError:
                    faults.append(f"activation energy '{energy}' is no number; only its conductivity is used")
            rejected += [Rejected(f"laskowski:{key}", fault) for fault in faults]
            candidates.append(
                Candidate(
                    key,
                    composition,
                    source=self.name,
                    provenance=correction or "composition",
                    is_known=True,
                    space_group=_space_group(group),
                )
            )
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = Laskowski()


def read_formula(text: str) -> tuple[Composition, str]:
    """Composition, and in words what was corrected (empty for nothing).

    Corrected are a zero typed for the letter O, a lost decimal point, and titanium that is short by exactly one
    where this alone balances the charges (LiTi(PO4)3 for LiTi2(PO4)3).

    Raises:
        InputError: no formula, or one that no oxidation states balance.
    """
    mended = _LOST_POINT.sub("0.", _ZERO_FOR_O.sub("(PO", text))
    composition = parse_composition(mended)
    correction = f"composition, '{text}' read as '{mended}'" if mended != text else ""
    try:
        check_charges(text, composition)
    except InputError:
        if "Ti" not in composition or "P" not in composition:
            raise
        more = Composition({**composition.get_el_amt_dict(), "Ti": composition["Ti"] + 1.0})
        if not can_balance(more.get_el_amt_dict(), tolerance=_EXACT, closed_shell_only=False):
            raise
        return more, f"composition, '{text}' read with Ti{more['Ti']:g}, which balances the charges"
    return composition, correction


def _space_group(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if 1 <= number <= 230 else None
