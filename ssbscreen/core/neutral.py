"""Compositions whose charges do not balance, made neutral by the smallest change of what is least certain.

A formula printed as Li6.4Al0.19La3Zr2O11.8 lacks 0.37 negative charges. A phase diagram takes that for a reduced
compound: metal or suboxide lies beside it, and its window shrinks to nothing. Lithium scatters X-rays least, evaporates
and is often counted from the batch; where the anions do not fill their sites either, they may be at fault as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssbscreen.core.oxidation import can_balance, charge_excess, is_fractional, is_transition_metal

_EXACT: Final[float] = 0.002  # net charge per atom that counts as none: rounding of printed amounts
_MOST: Final[float] = 0.05  # of the negative charge; more is another compound, not a misprint
_MOST_CHANGE: Final[float] = 0.25  # of the lithium, that is taken away
_ANIONS: Final[Mapping[str, float]] = {
    "O": 2.0,
    "S": 2.0,
    "Se": 2.0,
    "Te": 2.0,
    "F": 1.0,
    "Cl": 1.0,
    "Br": 1.0,
    "I": 1.0,
}
_MAY_BE_REDUCED: Final[frozenset[str]] = frozenset(("V", "Cr", "Mo", "W", "Mn", "Tc", "Re", "Cu"))
_DOPANT: Final[float] = 0.1  # of the cations without lithium
_NO_COUNT: Final[frozenset[str]] = frozenset(("H", "C"))  # whose charge depends on what they are bound to
_ANION_SITES_FULL: Final[float] = 0.02  # from a whole number of anions


@dataclass(frozen=True)
class Balanced:
    """A composition and what was done to it.

    Attributes:
        amounts: by element symbol.
        note: in words, empty where nothing was done.
    """

    amounts: dict[str, float]
    note: str = ""

    @property
    def formula(self) -> str:
        """Of these amounts."""
        return written(self.amounts)


def _may_be_reduced(amounts: Mapping[str, float], excess: float) -> bool:
    """Whether metals that are often reduced may take the charge that is left.

    No metal takes more than its highest charge, which is that of its closed shell but for copper. Molybdenum and
    tungsten that stand in for few of the other cations are dopants, whose charge is 6.
    """
    metals = amounts.keys() & _MAY_BE_REDUCED
    if excess < 0.0:
        return "Cu" in metals or (bool(metals) and can_balance(amounts, tolerance=_EXACT))
    cations = sum(x for symbol, x in amounts.items() if symbol not in _ANIONS and symbol != "Li")
    dopants = {symbol for symbol in metals & {"Mo", "W"} if amounts[symbol] <= _DOPANT * cations}
    return bool(metals - dopants)


def unbalanced_remark(amounts: Mapping[str, float]) -> str:
    """What is said of a composition that stays charged with closed shells, whose window may have no width; else empty.

    Args:
        amounts: by element symbol, after `balanced`.
    """
    found = charge_excess(amounts, closed_shell_only=any(map(is_transition_metal, amounts)))
    is_plain = bool(amounts.keys() & _ANIONS.keys()) and not amounts.keys() & _NO_COUNT
    if found is None or "Li" not in amounts or not is_plain or _may_be_reduced(amounts, found[0]):
        return ""
    excess, negative = found
    if abs(excess) <= max(_EXACT * sum(amounts.values()), 1e-6) or negative <= 0.0:
        return ""
    kind = "reduced" if excess > 0 else "oxidised"
    if can_balance(amounts):
        return f"usual charges do not balance ({excess:+.2g}): a metal is taken as {kind}, if the formula is right"
    return f"charges do not balance ({excess:+.2g}) and no small change makes them: taken as {kind}; check the formula"


def written(amounts: Mapping[str, float]) -> str:
    """Formula of these amounts in their order, six digits each, nothing for 1."""
    return "".join(symbol if f"{x:.6g}" == "1" else f"{symbol}{x:.6g}" for symbol, x in amounts.items())


def balanced(amounts: Mapping[str, float]) -> Balanced:
    """The composition, neutral with closed-shell states where a small change makes it so.

    Lithium is changed where the anions fill a whole number of sites, else lithium or the main anion, whichever changes
    less; where lithium would lose more than a quarter, the main anion. Whole formulas stay as they are where some
    oxidation states balance them, and so do compounds of metals that may well be reduced.

    Args:
        amounts: by element symbol.
    """
    own = {symbol: float(x) for symbol, x in amounts.items() if x > 0.0}
    is_meant = not is_fractional(own) and can_balance(own)
    if is_meant or "Li" not in own:
        return Balanced(own)
    found = charge_excess(own, closed_shell_only=any(map(is_transition_metal, own)))
    if found is None or _may_be_reduced(own, found[0]):
        return Balanced(own)
    excess, negative = found
    if abs(excess) <= _EXACT * sum(own.values()) or abs(excess) > _MOST * negative:
        return Balanced(own)
    changes = {"Li": -excess} if excess <= _MOST_CHANGE * own["Li"] else {}
    anions = {symbol: own[symbol] for symbol in _ANIONS if symbol in own}
    total = sum(anions.values())
    if anions and (not changes or abs(total - round(total)) > _ANION_SITES_FULL):
        main = max(anions, key=lambda symbol: anions[symbol])
        changes[main] = excess / _ANIONS[main]
    if not changes:
        return Balanced(own)
    symbol = min(changes, key=lambda s: abs(changes[s]))
    new = own[symbol] + changes[symbol]
    note = f"charges do not balance ({excess:+.2g}), {symbol} {own[symbol]:g} taken as {new:.4g}"
    return Balanced({**own, symbol: new}, note)
