"""Three faults of the calculated reference of 2018, which no correction of an anion mends.

Ytterbium: it was calculated with a pseudopotential for Yb2+, so that compounds of Yb3+ lie 1.6 to 2.6 eV per atom of
ytterbium too high (YbCl3 -8.36 eV, measured -9.96; Yb2O3 -6.80 eV per Yb, measured -9.40) and Li3YbCl6 has no window.
Compounds of Yb3+ take the energy of those of Lu3+, its neighbour. Chlorides, bromides and iodides of ytterbium are
raised to the measured enthalpies of its chlorides, which decide whether lithium reduces YbCl2.

Rings of sulfur: S8 beside a compound (SbI3 with three rings) got the correction of sulfide ions for every atom, half an
eV each, and ends every oxidation of a sulfide beside iodides of antimony, arsenic or tin.

Molecules of sulfur and selenium with chlorine, bromine and iodine got it, too: S2Cl2 stands at -0.79 eV/atom, where the
liquid has -0.15 (-58.2 kJ/mol), so that chlorides reacted with sulfur by 0.13 eV/atom. They are left out: nothing makes
them below 3.7 V.

Source: the pseudopotential Yb_2, https://github.com/materialsproject/pymatgen/issues/2968; measured enthalpies as
pymatgen ships them (pymatgen/analysis/compatibility/exp_compounds.json.gz); that of S2Cl2, -13.9 kcal/mol, Z. Anorg.
Allg. Chem. 322, 172 (1963), abstract.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.oxidation import can_balance

MENDED: Final = "3"
"""State of these rules, part of the name of what is kept on disk: change it with them."""
YTTERBIUM_STEP: Final[float] = 0.33
"""eV per atom by which compounds of Yb3+ are bound less firmly than those of Lu3+: measured 0.33 for the oxide
(Yb2O3 -9.40, Lu2O3 -9.73 eV per metal) and, against Tm3+ beside it, 0.28 for the chloride."""
HALIDE_STEP: Final[Mapping[int, float]] = {2: 0.18, 3: 0.09}
"""eV per halogen by charge of ytterbium: YbCl2 -8.65 eV calculated, -8.28 measured; YbCl3 -10.23 by LuCl3, -9.96
measured."""
_NONMETALS: Final = frozenset(("O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N"))
_NOT_SULFUR: Final = ("O", "N", "F", "Cl", "Br", "I")
_HEAVY_HALOGENS: Final = frozenset(("Cl", "Br", "I"))
_FEWEST_IN_RINGS: Final = 4.0  # sulfur atoms of a formula
_RINGS_PER_ANION: Final = 2.0  # sulfur atoms for each other anion


def without_faults(energies: Mapping[str, float]) -> dict[str, float]:
    """The reference without sulfur rings and halides of sulfur, its compounds of Yb3+ made of those of Lu3+.

    Args:
        energies: formula, elements sorted, -> formation energy, eV/atom.

    Returns:
        the same form; a compound of Yb3+ that lutetium has not is left out.
    """
    found = {}
    for formula, energy in energies.items():
        if "S" not in formula and "Yb" not in formula and "Lu" not in formula:
            found[formula] = energy
            continue
        amounts = parse_formula(formula)
        if is_sulfur_beside(amounts) or is_halide_of_sulfur(amounts) or needs_trivalent_ytterbium(amounts):
            continue
        found[formula] = energy + _of_halides(amounts, 2)
        if "Lu" in amounts and "Yb" not in amounts:
            twin = {("Yb" if symbol == "Lu" else symbol): x for symbol, x in amounts.items()}
            if needs_trivalent_ytterbium(twin):
                name = "".join(f"{s}{x:g}" if x != 1.0 else s for s, x in sorted(twin.items()))
                step = YTTERBIUM_STEP * twin["Yb"] / sum(twin.values())
                found[name] = energy + step + _of_halides(twin, 3)
    return found


def _of_halides(amounts: Mapping[str, float], charge: int) -> float:
    """What the halogens that ytterbium binds add to a compound, eV/atom."""
    halogens = sum(amounts.get(symbol, 0.0) for symbol in _HEAVY_HALOGENS)
    bound = min(charge * amounts.get("Yb", 0.0), halogens)
    return HALIDE_STEP[charge] * bound / sum(amounts.values())


def needs_trivalent_ytterbium(amounts: Mapping[str, float]) -> bool:
    """Whether charges balance with Yb3+ and not with Yb2+, in a compound with anions.

    Args:
        amounts: by element symbol.
    """
    if amounts.get("Yb", 0.0) <= 0.0 or not _NONMETALS & amounts.keys():
        return False
    return _balances(amounts, "Y") and not _balances(amounts, "Ca")


def _balances(amounts: Mapping[str, float], instead: str) -> bool:
    """Whether the charges balance with an element of fixed charge in the place of ytterbium."""
    found = {symbol: x for symbol, x in amounts.items() if symbol != "Yb"}
    found[instead] = found.get(instead, 0.0) + amounts["Yb"]
    return can_balance(found)


def is_halide_of_sulfur(amounts: Mapping[str, float]) -> bool:
    """Whether it holds nothing but sulfur or selenium and heavy halogens, as S2Cl2 and SeBr4.

    Args:
        amounts: by element symbol.
    """
    chalcogens = amounts.keys() & {"S", "Se"}
    return bool(chalcogens) and len(amounts) > len(chalcogens) and amounts.keys() - chalcogens <= _HEAVY_HALOGENS


def is_sulfur_beside(amounts: Mapping[str, float]) -> bool:
    """Whether sulfur stands as molecules beside a compound that is neutral without it, as in SbI3S24 and S8O.

    Args:
        amounts: by element symbol.
    """
    sulfur = amounts.get("S", 0.0)
    others = sum(amounts.get(symbol, 0.0) for symbol in _NOT_SULFUR)
    if sulfur < _FEWEST_IN_RINGS or others == 0.0 or sulfur < _RINGS_PER_ANION * others:
        return False
    rest = {symbol: x for symbol, x in amounts.items() if symbol != "S"}
    return rest.keys() <= {*_NOT_SULFUR, "H"} or can_balance(rest)
