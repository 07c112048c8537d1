"""Where the draws of each quantity come from and which others they were made of, noted while they are made."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ssbscreen.core.evidence import Evidence, EvidenceKind, weakest

NOWHERE, PREDICTION, TABLE, RECIPE, CITED = range(5)
OF_FAMILY = frozenset(
    {
        "electronic_resistivity",
        "fire_grade",
        "li_volume_ratio",
        "oxidation_limit",
        "p_li_mixed_conducting",
        "p_li_stable",
        "practical_thickness",
        "processing_temperature",
        "reduction_limit",
        "shear_modulus",
    }
)
"""Properties whose recipe is a rule or table of classes, families or functional groups."""

RULED = frozenset({"critical_current"})
"""Properties whose recipe is a fit that says itself on what it rests."""


TABULATED = frozenset({"interphase_resistance", "lithium_lost"})
"""Properties whose recipe is a law with a rate that was measured of the very material."""


class Origins:
    """Notes of one block: the source of each row's draws, and the inputs of each quantity.

    A quantity asked for while another is being made is an input of it; stages that several recipes share are noted
    like quantities, so that an input is found also when the stage was made before.
    """

    def __init__(self) -> None:
        self.source: dict[str, np.ndarray] = {}  # property -> NOWHERE to CITED of each row
        self._inputs: dict[Hashable, set[Hashable]] = {}
        self._making: list[Hashable] = []

    def use(self, name: Hashable) -> None:
        """Note that what is being made now takes this."""
        if self._making:
            self._inputs.setdefault(self._making[-1], set()).add(name)

    @contextmanager
    def making(self, name: Hashable) -> Iterator[None]:
        """What is asked for inside is an input of this."""
        self._making.append(name)
        try:
            yield
        finally:
            self._making.pop()

    def inputs_of(self, key: str) -> list[str]:
        """Properties that a property was made of directly or through shared stages, sorted."""
        found: set[str] = set()
        seen: set[Hashable] = {key}
        stages = list(self._inputs.get(key, ()))
        while stages:
            name = stages.pop()
            if name in seen:
                continue
            seen.add(name)
            if isinstance(name, str):
                found.add(name)
            else:
                stages.extend(self._inputs.get(name, ()))
        return sorted(found)

    def evidence(self, key: str, given: Evidence | None, inputs: Sequence[Evidence]) -> Evidence:
        """On what the draws of a property rest.

        Args:
            key: of the property, whose draws were made.
            given: of its predictions and of draws computed elsewhere; predicted and calculated when None.
            inputs: of `inputs_of(key)`.
        """
        origin = self.source[key]
        n = len(origin)
        found = Evidence.uniform(EvidenceKind.IMPUTED, n)
        for number, kind in ((PREDICTION, EvidenceKind.PREDICTED), (TABLE, EvidenceKind.CALCULATED)):
            found = found.where(origin == number, Evidence.uniform(kind, n) if given is None else given)
        family = Evidence.uniform(EvidenceKind.FAMILY, n)
        if key in RULED and given is not None:
            found = found.where(origin == RECIPE, given)
        elif key in TABULATED:
            measured = Evidence(Evidence.uniform(EvidenceKind.MEASURED, n).number, np.ones(n, dtype=np.int64))
            found = found.where(origin == RECIPE, measured)
        elif (origin == RECIPE).any():
            found = found.where(origin == RECIPE, weakest([*inputs, family] if key in OF_FAMILY else inputs, n))
        return found.where(origin == CITED, family)
