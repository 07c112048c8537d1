"""A balanced reaction: reactants, products, its text, and what it leaves unbalanced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ssbscreen.core.formula import parse_formula, reduced_formula, usual_formula

Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reaction:
    """Formulas with the number of formula units, all positive.

    Attributes:
        reactants, products: formula and coefficient.
    """

    reactants: Terms
    products: Terms

    @property
    def is_nothing(self) -> bool:
        """Whether every reactant comes out as it went in."""
        left = {reduced_formula(name) for name, _ in self.reactants}
        return left == {reduced_formula(name) for name, _ in self.products}

    def imbalance(self) -> float:
        """Largest surplus of any element on either side, in atoms per formula unit of the first reactant."""
        surplus: dict[str, float] = {}
        for terms, sign in ((self.reactants, 1.0), (self.products, -1.0)):
            for name, coefficient in terms:
                for element, amount in parse_formula(name).items():
                    surplus[element] = surplus.get(element, 0.0) + sign * coefficient * amount
        return max((abs(value) for value in surplus.values()), default=0.0)

    def text(self) -> str:
        """As written in papers: `Li3PS4 + 8 Li -> Li3P + 4 Li2S`."""
        return f"{_side(self.reactants)} -> {_side(self.products)}"

    def amount_of(self, formula: str) -> float:
        """Formula units of a product, 0 when it is none."""
        wanted = reduced_formula(formula)
        return sum(coefficient for name, coefficient in self.products if reduced_formula(name) == wanted)


def products_of(phases: Iterable[tuple[str, float]], n_atoms: float) -> Terms:
    """Coefficients of phases whose amounts are given in atoms per atom of the reactants.

    Args:
        phases: formula and amount.
        n_atoms: of all reactants as written.

    Returns:
        Reduced formulas as chemists write them with coefficients, the largest amount of atoms first; equal amounts by
        formula, so that rounding of a solver does not decide how a reaction is written.
    """
    terms = []
    for formula, amount in sorted(phases, key=lambda phase: (-round(phase[1], 6), phase[0])):
        name = usual_formula(formula)
        terms.append((name, amount * n_atoms / sum(parse_formula(name).values())))
    return tuple(terms)


def exchange(reactants: Terms, products: Terms, element: str) -> tuple[Terms, Terms]:
    """Balance an element that the surroundings supply or take, as its molecule or metal, on the side that lacks it."""
    surplus = _amount(reactants, element) - _amount(products, element)
    name = reduced_formula(element)
    coefficient = abs(surplus) / sum(parse_formula(name).values())
    if coefficient < 1e-6:
        return reactants, products
    term = (name, coefficient)
    return (reactants, (*products, term)) if surplus > 0.0 else ((*reactants, term), products)


def _amount(terms: Terms, element: str) -> float:
    return sum(coefficient * parse_formula(name).get(element, 0.0) for name, coefficient in terms)


def _side(terms: Terms) -> str:
    return " + ".join(f"{_number(coefficient)}{name}" for name, coefficient in terms) or "nothing"


def _number(coefficient: float) -> str:
    text = f"{coefficient:.4g}"
    return "" if text == "1" else f"{text} "
