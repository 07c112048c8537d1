"""Units and numbers as people and programs write them: mS cm⁻¹, S·m^-1, log10(S/cm), 10⁻³ S/cm, 1.2(3)×10⁻⁴."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ssbscreen.core.errors import InputError

_MINUS = dict.fromkeys(map(ord, "−–—‐‑‒﹣－"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f\u200b\u2060\ufeff\u00ad"), " ")
_TIMES = r"[x×*·⋅∙]"
_PLAIN = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"


def _power_of_ten(group: str) -> str:
    return rf"10\s*(?:\^|\*\*)?\s*[{{(]?\s*(?P<{group}>[+-]?\d+)\s*[}})]?"


_NUMBER = re.compile(
    rf"^(?P<plain>{_PLAIN})\s*(?:\(\d+\)|(?:±|\+/-|\+-)\s*{_PLAIN})?"
    rf"(?:[eE](?P<exponent>[+-]?\d+)|\s*{_TIMES}\s*{_power_of_ten('power')})?$"
)
_POWER = re.compile(rf"^(?P<sign>[+-]?){_power_of_ten('power')}$")
_FACTOR = re.compile(
    rf"^(?:{_TIMES}\s*)?(?:{_power_of_ten('power')}|1[eE](?P<exponent>[+-]?\d+))\s*{_TIMES}?\s*(?=[A-Za-z%])"
)
_LOG = re.compile(r"^(log10|log|lg|ln)(?:\s*_\s*\{?10\}?)?(?![A-Za-z0-9])\s*(.*)$", re.IGNORECASE)
_SYMBOL = re.compile(r"^[σρκ]\s*(?:_\w+\s*)?[/(]?\s*")
_TOKEN = re.compile(r"^([A-Za-z%]+)(?:\s*(?:\^|\*\*)?\s*[{(]?([+-]?\d+(?:\.\d+)?(?:/\d+)?)[})]?)?$")

_JOINED = re.compile(r"(?<![A-Za-z])([munk]?S|[kM]?ohm)-?(cm|m)(?=$|[\s^)*·-])")  # Scm-1, ohm-cm

Powers = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class WrittenUnit:
    """A unit taken apart.

    Attributes:
        base: of the logarithm that the value is: 10, or e; 0 for none.
        factor: power of ten before the unit.
        text: the unit itself, with plain signs.
    """

    base: float
    factor: float
    text: str


def plain(text: str) -> str:
    """Text with plain minus signs, spaces, digits and letters: cm⁻¹ becomes cm-1, μS uS, Ω ohm."""
    text = text.translate(_MINUS).translate(_SPACES).replace("µ", "u").replace("μ", "u")
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/").translate(_MINUS)
    return re.sub(r"\s+", " ", re.sub(r"[ΩΩ]", "ohm", text).replace("μ", "u")).strip()


@lru_cache(maxsize=1024)  # asked of every value of a table
def written_unit(text: str) -> WrittenUnit:
    """Logarithm, factor and unit of a text such as `log10(S/cm)` or `10^-3 S cm-1`."""
    unit, base, factor = plain(text), 0.0, 1.0
    if match := _LOG.match(unit):
        base = math.e if match.group(1).lower() == "ln" else 10.0
        unit = _SYMBOL.sub("", match.group(2).strip().removeprefix("(").strip()).removeprefix("/").strip()
        if unit.count(")") > unit.count("("):
            unit = unit.removesuffix(")").strip()
    if match := _FACTOR.match(unit):
        factor = float(f"1e{match['power'] or match['exponent']}")
        unit = unit[match.end() :]
    return WrittenUnit(base, factor, unit)


def powers_of(unit: str) -> Powers | None:
    """Units with their powers, sorted, so that S/cm, S cm-1 and S·cm^-1 are one; None where a part is no unit."""
    found: dict[str, float] = {}
    text = re.sub(r"\s+per\s+", "/", plain(unit))
    text = re.sub(r"(\^-?\d)(?=[A-Za-z])", r"\1 ", text)  # ohm^-1cm^-1
    text = re.sub(r"^\((.*)\)\s*(?:\^|\*\*)?\s*-1$", r"1/(\1)", text)  # (ohm cm)^-1
    text = _JOINED.sub(r"\1 \2", re.sub(r"\bmho\b", "S", re.sub(r"Ohm", "ohm", text)))
    text = re.sub(r"m1/2\b|m\^\(?1/2\)?|sqrt\(m\)|√m", "m^0.5", text)
    numerator, *denominators = re.split(r"/(?!\d)", text)
    numerator = "" if numerator.strip() == "1" else numerator
    for sign, part in ((1.0, numerator), *((-1.0, d) for d in denominators)):
        inside = part.strip().removeprefix("(").removesuffix(")") if part.strip().startswith("(") else part
        for token in re.split(r"[\s·⋅∙*.](?![0-9.]*$)|(?<=[a-zA-Z0-9])\*(?=[A-Za-z])", inside.strip()):
            if not token:
                continue
            match = _TOKEN.match(token.strip())
            if match is None:
                return None
            try:
                power = float(Fraction(match.group(2) or 1))  # MPa m1/2
            except (ValueError, ZeroDivisionError, OverflowError):
                return None
            found[match.group(1)] = found.get(match.group(1), 0.0) + sign * power
    if found.get("ohm", 0.0) < 0:
        found["S"] = found.get("S", 0.0) - found.pop("ohm")
    return tuple(sorted((name, power) for name, power in found.items() if power)) or None


def written_number(text: str) -> float:
    """Value of a number with decimal point or comma, exponent or power of ten, in any usual writing.

    An uncertainty in brackets or behind ± is read over: the scatter between laboratories is larger.

    Raises:
        InputError: no number, or one whose comma may mean thousands.
    """
    number = plain(text).removeprefix("~").removeprefix("≈").strip()
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", number):
        raise InputError(f"'{text}' may mean thousands or a decimal comma; write it with a decimal point")
    if "." not in number:
        number = re.sub(r"(?<=\d),(?=\d)", ".", number)
    number = re.sub(r"^\(\s*(.*?)\s*\)(?=\s*[x×*·eE])", r"\1", number)  # (1.2 ± 0.3) × 10^-4
    if match := _NUMBER.match(number):
        return float(f"{match['plain']}e{match['exponent'] or match['power'] or 0}")
    if match := _POWER.match(number):
        return float(f"{match['sign']}1e{match['power']}")
    raise InputError(f"'{text}' is no number; write 1.2e-4, or <1e-10 for a bound")
