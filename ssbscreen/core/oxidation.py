"""Oxidation states that a compound can take: charge balance and closed-shell transition metals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache

from pymatgen.core import Element

from ssbscreen.core.recognition import is_hydroborate

# States besides pymatgen's common ones: P2S6(4-) holds P4+, Li5La3Bi2O12 holds Bi5+.
_ADDITIONAL_STATES: dict[str, tuple[int, ...]] = {"P": (4,), "Bi": (5,)}

# From so many O per atom on, an oxyanion former has its highest state (PO3, AsO4, SO4, NO3, CO3, GeO2).
_HIGHEST_BESIDE_OXYGEN: dict[str, tuple[float, int]] = {
    "P": (2.4, 5),
    "As": (3.4, 5),
    "S": (3.9, 6),
    "N": (2.9, 5),
    "C": (2.9, 4),
    "Ge": (1.9, 4),
}

# d0 and d10 states. Lanthanides are left out: their 4f shell is not redox-active against Li in this sense.
CLOSED_SHELL_STATES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Sc", "Y"), (3,)),
    **dict.fromkeys(("Ti", "Zr", "Hf"), (4,)),
    **dict.fromkeys(("V", "Nb", "Ta"), (5,)),
    **dict.fromkeys(("Cr", "Mo", "W"), (6,)),
    **dict.fromkeys(("Mn", "Tc", "Re"), (7,)),
    **dict.fromkeys(("Cu", "Ag", "Au"), (1,)),
    **dict.fromkeys(("Zn", "Cd", "Hg"), (2,)),
}

_MIXED_VALENT_LANTHANIDES = frozenset({"Ce", "Pr", "Sm", "Eu", "Tb", "Yb"})
_POSITIVE_ONLY_WITH = frozenset({"O", "F"})  # S6+, N5+, Cl7+ ... exist only beside O or F
_MAX_EN_INVERSION = 0.3  # how far an anion may lie below a cation on Pauling's scale (WTe2, PbTe)


@cache
def is_transition_metal(symbol: str) -> bool:
    """Whether an element lies in groups 3 to 12 outside the lanthanides and actinides."""
    element = Element(symbol)
    return 3 <= element.group <= 12 and not (element.is_lanthanoid or element.is_actinoid)


@cache
def oxidation_states(symbol: str) -> tuple[int, ...]:
    """States an element commonly takes, ascending.

    Source: pymatgen `common_oxidation_states`; for metals of the d block and mixed-valent lanthanides also
    the positive `icsd_oxidation_states`.
    """
    element = Element(symbol)
    states = set(element.common_oxidation_states) | set(_ADDITIONAL_STATES.get(symbol, ()))
    if is_transition_metal(symbol) or symbol in _MIXED_VALENT_LANTHANIDES:
        states |= {state for state in element.icsd_oxidation_states if state > 0}
    return tuple(sorted(state for state in states if state != 0))


def can_balance(amounts: Mapping[str, float], *, tolerance: float = 0.05, closed_shell_only: bool = False) -> bool:
    """Whether common oxidation states can make a compound neutral.

    All atoms of a main-group element share one state; metals of the d block and mixed-valent lanthanides may
    mix theirs, so that their mean is any value between the lowest and the highest. Negative states go to the
    more electronegative elements.

    Args:
        amounts: by element symbol, also fractional.
        tolerance: allowed net charge as a share of the negative charge where an amount is fractional (refined
            and nominal occupancies are rounded); integer formulas must balance exactly.
        closed_shell_only: restrict transition metals to their d0 and d10 states.

    Returns:
        False also for elements without any known state and for compounds without an anion.
    """
    slack = tolerance if is_fractional(amounts) else 1e-6
    return any(
        low - slack * negative <= 0.0 <= high + slack * negative
        for low, high, negative in _net_charges(amounts, closed_shell_only)
    )


def charge_remark(amounts: Mapping[str, float]) -> str:
    """What is said of a lithium compound whose charges cannot balance; empty where they can, and for others.

    It is no reason to refuse it: of 1,353 measured lithium conductors 13 are among them, most of them complexes.
    """
    if len(amounts) < 2 or "Li" not in amounts or can_balance(amounts):
        return ""
    return "common oxidation states cannot balance its charges; check the formula"


def is_fractional(amounts: Mapping[str, float]) -> bool:
    """Whether some amount is no whole number."""
    return any(abs(amount - round(amount)) > 1e-3 for amount in amounts.values())


def charge_excess(amounts: Mapping[str, float], *, closed_shell_only: bool = False) -> tuple[float, float] | None:
    """Net charge that no choice of states takes away, positive or negative, and the negative charge beside it.

    Args:
        amounts: by element symbol, also fractional.
        closed_shell_only: restrict transition metals to their d0 and d10 states.

    Returns:
        None where an element has no state or there is no anion.
    """
    found = [
        (low if low > 0.0 else min(high, 0.0), negative)
        for low, high, negative in _net_charges(amounts, closed_shell_only)
    ]
    return min(found, key=lambda pair: abs(pair[0]), default=None)


def _net_charges(amounts: Mapping[str, float], closed_shell_only: bool) -> Iterator[tuple[float, float, float]]:
    """Lowest and highest net charge and the negative charge of every choice of states; none where there is none."""
    present = {symbol: amount for symbol, amount in amounts.items() if amount > 1e-8}
    fixed: list[tuple[float, float, tuple[int, ...]]] = []  # amount, electronegativity, states
    low = high = 0.0
    cation_en = 0.0
    has_oxidiser = any(symbol in present for symbol in _POSITIVE_ONLY_WITH)
    for symbol, amount in present.items():
        states = oxidation_states(symbol)
        is_mixed = is_transition_metal(symbol) or symbol in _MIXED_VALENT_LANTHANIDES
        if closed_shell_only and is_transition_metal(symbol):
            states = CLOSED_SHELL_STATES.get(symbol, ())
        if symbol == "B" and is_hydroborate(present) and present["H"] < 3 * amount:
            states, is_mixed = (1, 3), True  # cage with B-B bonds
            low -= amount  # mean state of B from 0 on
        if symbol in _NONMETALS and not has_oxidiser:
            states = tuple(state for state in states if state < 0)
        if symbol in _HIGHEST_BESIDE_OXYGEN:
            ratio, highest = _HIGHEST_BESIDE_OXYGEN[symbol]
            chalcogens = sum(present.get(name, 0.0) for name in ("O", "S", "Se"))
            is_ortho = symbol in ("P", "As") and chalcogens >= 3.4 * amount  # PS4, while P2S6 holds P4+
            if is_ortho or present.get("O", 0.0) >= ratio * amount:
                states = tuple(state for state in states if state < 0 or state == highest)
        if not states:
            return
        if is_mixed:
            low, high = low + amount * states[0], high + amount * states[-1]
            cation_en = max(cation_en, _electronegativity(symbol))
        else:
            fixed.append((amount, _electronegativity(symbol), states))
    for choice in itertools.product(*(states for _, _, states in fixed)):
        found = _net(fixed, choice, low, high, cation_en)
        if found is not None:
            yield found


_NONMETALS = frozenset({"N", "S", "Se", "Te", "Cl", "Br", "I"})


@cache
def _electronegativity(symbol: str) -> float:
    value = float(Element(symbol).X)
    return value if value == value else 0.0  # noble gases have none


def _net(
    fixed: list[tuple[float, float, tuple[int, ...]]],
    choice: tuple[int, ...],
    low: float,
    high: float,
    cation_en: float,
) -> tuple[float, float, float] | None:
    negative = 0.0
    anion_en = 9.0
    for (amount, en, _), state in zip(fixed, choice, strict=True):
        low += amount * state
        high += amount * state
        if state < 0:
            negative -= amount * state
            anion_en = min(anion_en, en)
        else:
            cation_en = max(cation_en, en)
    if negative == 0.0 or anion_en < cation_en - _MAX_EN_INVERSION:
        return None
    return low, high, negative
