"""Compositions as people write them: plain formulas and mixtures such as 75Li2S-25P2S5."""

from __future__ import annotations

import re

from pymatgen.core import Composition

from ssbscreen.core.composition_marks import check_typing, not_understood, plain
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import MAX_LENGTH
from ssbscreen.core.oxidation import can_balance
from ssbscreen.core.printable import printable, shown

MAX_ATOMS = 1e6  # of a formula unit
_RATIO = re.compile(r"^(?P<terms>.+?)\s*\(?\s*(?P<ratio>\d+(?:\.\d+)?(?:\s*[:/]\s*\d+(?:\.\d+)?)+)\s*\)?$")
_COEFFICIENT = re.compile(r"^(\d+(?:\.\d*)?|\.\d+)\s*")
_FORMULA = re.compile(r"^(?:[A-Z][a-z]?|\d++(?:\.\d*+)?|\.\d++|[()])++$")  # ++: what was matched is not tried anew
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_ASSIGNED = re.compile(r"([xyz])\s*=\s*(\d+(?:\.\d*)?|\.\d+)")
_TERM = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)?([xyz])?")
_PART = r"(?:[\d.]*[xyz]|[\d.]+)"
_EXPRESSION = re.compile(  # in brackets as a coefficient or an amount, or behind an element
    rf"\({_PART}(?:[+-]{_PART})+\)(?=[A-Z(]|$)|{_PART}(?:[+-][\d.]*[xyz]|[+-][\d.]+(?![A-Z]))*"
)
_PERIOD = re.compile(r"\.(?=(?:[1-9]\d*)?[A-Z(])")


def parse_composition(text: str) -> Composition:
    """Composition of a formula or of a mixture of formulas by mole.

    Understood: `Li7La3Zr2O12`, `Li1.3Al0.3Ti1.7(PO4)3`, `Li7-xLa3Zr2-xTaxO12 (x = 0.5)`, `75Li2S-25P2S5`,
    `0.7Li2S·0.3P2S5`, `70Li2S-29P2S5-1P2O5`, `80(0.75Li2S-0.25P2S5)-20LiI`, `Li2S-P2S5 (75:25)`, `LiCl·H2O`,
    `LiClO4.3H2O`. Percent and fractions mean the same, only the ratio counts.

    Raises:
        InputError: a variable such as x, an unknown element, weight percent, or amounts left out.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(f"the composition '{shown(text)}' has {len(text)} characters; at most {MAX_LENGTH} are read")
    given = printable(text)
    text = plain(" ".join(text.split()))
    check_typing(text, given)
    text = _with_signs(_with_separators(_with_values(text), given))
    if re.search(r"wt|mass", text, re.IGNORECASE):
        raise InputError(f"'{given}' is given by weight; give amounts by mole")
    _check_percent(text, given)
    text = re.sub(r"\(\s*(?:mol\.?)?\s*%?\s*\)|mol\.?\s*%?|%", "", text).strip()
    if not text:
        raise InputError("the composition is empty; give a formula")
    if (match := _RATIO.match(text)) and _is_mixture(match["terms"]):
        terms = [term for term, _ in _split(match["terms"])]
        amounts = [float(a) for a in re.split(r"[:/]", match["ratio"])]
        if len(terms) != len(amounts) or sum(amounts) <= 0:
            raise InputError(f"'{given}' names {len(terms)} components and {len(amounts)} amounts; give as many")
        return _checked(_sum([(a, _mixture(t, given)) for a, t in zip(amounts, terms, strict=True)]), given)
    return _checked(_mixture(text, given), given)


def plain_composition(text: str) -> Composition | None:
    """Composition of a sum formula that another program wrote; None where there is none, or none that can be read."""
    if not 0 < len(text) <= MAX_LENGTH:
        return None
    try:
        found = Composition(text)
    except (ValueError, KeyError, RecursionError):
        return None
    return found if 0 < found.num_atoms < MAX_ATOMS else None


def _with_values(text: str) -> str:
    """Text with the values of its variables put in: Li7-xLa3Zr2-xTaxO12 (x = 0.5) becomes Li6.5La3Zr1.5Ta0.5O12."""
    values = {name: float(value) for name, value in _ASSIGNED.findall(text)}
    if not values:
        return text
    body, out, place = _body(text), list[str](), 0
    while place < len(body):
        if symbol := _SYMBOL.match(body, place):
            name = symbol.group() if symbol.group() in ATOMIC_NUMBER else symbol.group()[0]  # Px is P and x
            out.append(name)
            place += len(name)
        elif (found := _EXPRESSION.match(body, place)) and set(found.group()) & set(values):
            out.append(f"{_value(found.group(), values):.10g}")
            place = found.end()
        else:
            step = found.end() - place if found and found.group() and not found.group().startswith("(") else 1
            out.append(body[place : place + step])
            place += step
    return "".join(out)


def _body(text: str) -> str:
    """Text without the values of its variables and the brackets around them."""
    return re.sub(r"[(\[{]?\s*(?:[xyz]\s*=\s*[\d.]+\s*[,;]?\s*)+[)\]}]?", "", text).strip(" ,;:")


def _value(expression: str, values: dict[str, float]) -> float:
    """Sum of numbers and multiples of variables."""
    total = 0.0
    for sign, factor, name in _TERM.findall(expression.strip("()")):
        if name and name not in values:
            raise InputError(f"the value of {name} in '{expression}' is missing; write it as ({name} = 0.5)")
        if factor or name:
            total += (-1.0 if sign == "-" else 1.0) * float(factor or 1.0) * values.get(name, 1.0)
    if total < 0:
        raise InputError(f"'{expression}' is negative")
    return total


def _with_separators(text: str, given: str) -> str:
    """Text in which a period between neutral formulas is a separator, as in LiClO4.3H2O.

    Raises:
        InputError: both readings are neutral, or none.
    """
    for match in _PERIOD.finditer(text):
        parted = text[: match.start()] + "·" + text[match.end() :]
        parts = [parted[: match.start()], re.sub(r"^\d+", "", parted[match.start() + 1 :])]
        if all(_is_neutral(part) for part in parts):
            if parts[1] != "H2O" and _is_neutral(text):
                raise InputError(f"'{given}' may mean a mixture or a decimal number; write · between the formulas")
            return parted
    return text


def _with_signs(text: str) -> str:
    """Text in which + and : between neutral compounds are separators, as in 3Li2S+P2S5 and 70Li2S:30P2S5."""
    for sign, separator in (("+", " + "), (":", "-")):
        terms = [term.strip() for term in text.split(sign)]
        bodies = [_COEFFICIENT.sub("", term) for term in terms]
        is_counted = sign == "+" or all(map(_COEFFICIENT.match, terms))
        if len(terms) > 1 and is_counted and all(len(_SYMBOL.findall(b)) > 1 and _is_neutral(b) for b in bodies):
            return separator.join(terms)
    return text


def _check_percent(text: str, given: str) -> None:
    """Refuse a percentage of one component beside others that have none."""
    n_terms, is_of_all = len(_split(text)), re.search(r"^\(?(?:mol\.?)?\s*%|%\W*$", text)
    if 0 < text.count("%") < n_terms and not is_of_all:
        raise InputError(
            f"'{given}' gives the share of one component alone; give all amounts, as in 0.97Li3PS4-0.03LiI"
        )


def _is_neutral(formula: str) -> bool:
    if not _FORMULA.match(formula):
        return False
    try:
        return can_balance(Composition(formula).get_el_amt_dict())
    except (ValueError, KeyError):
        return False


def _is_mixture(text: str) -> bool:
    return len(_split(text)) > 1


def _split(text: str) -> list[tuple[str, str]]:
    """Terms outside of brackets, each with the separator before it."""
    parts: list[tuple[str, str]] = []
    depth, start, separator = 0, 0, ""
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and (letter in "-·" or (letter == "+" and text[i - 1 : i + 2] == " + ")):
            parts.append((text[start:i].strip(), separator))
            start, separator = i + 1, letter
    parts.append((text[start:].strip(), separator))
    return parts


def _mixture(text: str, given: str) -> Composition:
    parts = _split(text)
    terms: list[tuple[float | None, Composition]] = []
    for term, _ in parts:
        match = _COEFFICIENT.match(term)
        amount = float(match.group(1)) if match else None
        body = term[match.end() :] if match else term
        if body.startswith("(") and body.endswith(")") and _is_mixture(body[1:-1]):
            terms.append((amount, _inner(body[1:-1], given)))
        else:
            terms.append((amount, _formula(body, given)))
    if len(terms) > 1 and all(a is None for a, _ in terms) and any(s == "-" for _, s in parts):
        raise InputError(f"'{given}' leaves the amounts of its components out; write for example 75Li2S-25P2S5")
    if any(a == 0 for a, _ in terms) and len(terms) == 1:
        raise InputError(f"'{given}' has the amount 0")
    return _sum([(1.0 if a is None else a, c) for a, c in terms])


def _inner(text: str, given: str) -> Composition:
    """A mixture inside of brackets; amounts in percent make one mole of it."""
    amounts = [match.group(1) if (match := _COEFFICIENT.match(term)) else None for term, _ in _split(text)]
    is_percent = None not in amounts and abs(sum(float(a) for a in amounts if a) - 100.0) < 1e-6
    found = _mixture(text, given)
    return _sum([(0.01, found)]) if is_percent else found


def _sum(terms: list[tuple[float, Composition]]) -> Composition:
    amounts: dict[str, float] = {}
    for factor, composition in terms:
        for symbol, amount in composition.get_el_amt_dict().items():
            amounts[symbol] = amounts.get(symbol, 0.0) + factor * amount
    return Composition({s: a for s, a in amounts.items() if a > 0})


def _formula(text: str, given: str) -> Composition:
    if parted := re.search(r"\d\s+\d+", text):
        raise InputError(f"'{given}' holds '{parted.group()}', two numbers or one; write the formula without the blank")
    text = text.replace(" ", "")
    if not _FORMULA.match(text):
        raise InputError(f"'{given}' is no chemical formula ({not_understood(text)})")
    unknown = [s for s in _SYMBOL.findall(text) if s not in ATOMIC_NUMBER or s == "X"]
    if unknown:
        case = "; write symbols as in Li6PS5Cl" if text in (text.upper(), text.lower()) else ""
        raise InputError(f"'{given}' names {', '.join(sorted(set(unknown)))}, which is no element{case}")
    if "Li" in text and re.search(r"(?<=[A-Za-z0-9)])CI(?![a-z])", text):  # Sc7CI12 is one
        raise InputError(
            f"'{given}' holds CI, which may be Cl with a capital i; write Cl, or C1I for carbon and iodine"
        )
    try:
        amounts = Composition(text).get_el_amt_dict()
    except (ValueError, KeyError) as error:
        raise InputError(f"'{given}' is no chemical formula ({error})") from error
    if "T" in _SYMBOL.findall(text):
        raise InputError(f"'{given}' names tritium; write the formula, or the SMILES of a salt or polymer")
    hydrogen = amounts.pop("D", 0.0) + amounts.get("H", 0.0)  # deuterium is hydrogen to all models
    return Composition(amounts | ({"H": hydrogen} if hydrogen else {}))


def _checked(composition: Composition, given: str) -> Composition:
    if not 0 < composition.num_atoms < MAX_ATOMS:
        raise InputError(f"'{given}' holds {composition.num_atoms:.3g} atoms; give a formula with usual amounts")
    return composition
