"""Formulas to element amounts, fast enough for the hundred thousand phases of a reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from pymatgen.core import Composition

from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown

Key = tuple[tuple[str, float], ...]
_HALOGENS = ("F", "Cl", "Br", "I")
_NO_METAL = frozenset(("H", "C", "N", "P", "S", "Se", "Li", "Na", "K", "Rb", "Cs"))
MAX_LENGTH = 400  # characters; the longest formula of the Materials Project has 60
_PLAIN_FORMULA = re.compile(r"(?:\s*[A-Z][a-z]?(?:\d++\.?\d*+|\.\d++)?)+\s*")
_TOKEN = re.compile(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?")


def parse_formula(formula: str) -> dict[str, float]:
    """Amounts of a formula; plain ones without brackets are read a hundred times faster than by pymatgen.

    Raises:
        InputError: the formula cannot be read or contains no element.
    """
    if len(formula) > MAX_LENGTH:
        raise InputError(f"Formula '{shown(formula)}' has {len(formula)} characters; at most {MAX_LENGTH} are read.")
    amounts: dict[str, float] = {}
    if _PLAIN_FORMULA.fullmatch(formula):
        for symbol, number in _TOKEN.findall(formula):
            amounts[symbol] = amounts.get(symbol, 0.0) + (float(number) if number else 1.0)
    else:
        try:
            amounts = {str(el): float(x) for el, x in Composition(formula).get_el_amt_dict().items()}
        except Exception as error:
            raise InputError(f"Formula '{formula}' cannot be read: {error}. Write it like Li6PS5Cl.") from error
    amounts = {symbol: x for symbol, x in amounts.items() if x > 0.0}
    if not amounts:
        raise InputError(f"Formula '{formula}' contains no element. Write it like Li6PS5Cl.")
    return amounts


@lru_cache(maxsize=100_000)
def reduced_formula(formula: str) -> str:
    """Reduced formula as pymatgen writes it."""
    return str(Composition(formula).reduced_formula)


@lru_cache(maxsize=100_000)
def usual_formula(formula: str) -> str:
    """Reduced formula with ammonia, ammonium salts and oxyhalides as chemists write them: NH3, NH4Cl, ErOCl."""
    name = reduced_formula(formula)
    amounts = parse_formula(name)
    if amounts.keys() == {"N", "H"} and amounts["H"] == 3.0 * amounts["N"]:
        return "NH3"
    halogen = [symbol for symbol in _HALOGENS if symbol in amounts]
    if len(halogen) != 1 or len(amounts) != 3:
        return name
    (symbol,) = halogen
    number = _subscript(amounts[symbol])
    if amounts.keys() == {"N", "H", symbol} and amounts["H"] == 4.0 * amounts["N"] == 4.0 * amounts[symbol]:
        return f"NH4{symbol}"
    if "O" in amounts and symbol != "F" and not amounts.keys() & _NO_METAL:
        (metal,) = amounts.keys() - {"O", symbol}
        return f"{metal}{_subscript(amounts[metal])}O{_subscript(amounts['O'])}{symbol}{number}"
    return name


def _subscript(amount: float) -> str:
    return "" if amount == 1.0 else f"{amount:g}"


def composition_key(amounts: Mapping[str, float]) -> Key:
    """Hashable atomic fractions, equal for all multiples of a formula."""
    total = sum(amounts.values())
    return tuple(sorted((symbol, round(x / total, 6)) for symbol, x in amounts.items() if x > 0.0))
