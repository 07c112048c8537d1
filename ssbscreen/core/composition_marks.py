"""Marks of typesetting, of other programs and of haste in a composition: taken out, or refused with what to do."""

from __future__ import annotations

import html
import re
import unicodedata

from ssbscreen.core.errors import InputError

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋₊", "0123456789-+")
_DASHES = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "⋅": "·",
        "•": "·",
        "∙": "·",
        "*": "·",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
    }
)
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_TEX = re.compile(r"\\(?:mathrm|mathit|mathsf|text|rm|ce|chem)\b\s*")
_COUNTED = re.compile(rf"['\"]?([A-Z][a-z]?)['\"]?\s*:\s*({_NUMBER})")
_DICTIONARY = re.compile(rf"^(?:Comp(?:osition)?\()?\{{(?:\s*{_COUNTED.pattern}\s*,?)+\}}\)?$")
_CALLED = re.compile(r"^(?:Comp:\s*|(?:Full|Reduced) Formula \(|Composition\(['\"]?)(.*?)['\"]?\)?$")  # of pymatgen
_MIXED_NUMBER = re.compile(r"(\d)([\u00bc-\u00be\u2150-\u215e])")  # 1½, which NFKC writes 11/2
_RATIO_OF_NAMED = re.compile(r"^(?P<terms>[A-Z][\w.]*(?::[A-Z][\w.]*)+)\s*[=,(]?\s*(?P<ratio>[\d.]+(?::[\d.]+)+)\)?$")
_MOLECULES = "acac|thf|dme|dmf|dmso|py|bpy|phen|urea|ether|glyme|diglyme|triglyme|tetraglyme|acetate"
_MOLECULE = re.compile(
    rf"(?<![A-Za-z])(?:THF|DME|DMF|DMSO|MeCN|ACN|EtOH|MeOH|HPN|{_MOLECULES})(?![A-Za-z])|OAc(?![a-z])"
)
_WORDS = re.compile(
    r"^(?:glassy|amorphous|crystalline)\s+|[\s-]*\(?\b(?:glass(?:[\s-]ceramics?)?|amorphous|crystal)\)?$"
    r"|\s+\(?gc\)?$|\s+\((?![^)]*(?:wt|mass|weight|mol))[a-z]{3,}(?:[\s-]+[a-z]+)*\)$"  # (ball-milled), (annealed)
)
_VACANCIES = re.compile(r"(?<=[\d)])\s*[+±-]\s*(?:δ|\\?delta)(?![a-z])")  # O12-δ: how few is left open
_VACANT_SITE = re.compile(r"[□◻☐⬜][\d.]*(?:[+-][\d.]*[xyz])*")
_FRACTIONS = (
    re.compile(r"(?<=[A-Za-z)□])\((\d+)/(\d+)\)(?=[A-Z()]|$|[+-][\d.]*[xyz])"),  # Sc(2/3), La(2/3)-x
    re.compile(r"(?<=[A-Za-z)])(\d+)/(\d+)(?=[A-Z()]|$|[+-][\d.]*[xyz])"),  # Ni1/3, La2/3-x
    re.compile(r"(?<=\()(\d+)/(\d+)(?=[+-][\d.]*[xyz])"),  # La(2/3-x)
    re.compile(r"(?:^|(?<=[·+(\s-]))(\d+)/(\d+)(?=\s*[A-Z(])"),  # ·1/2NH3
)
_ERROR = re.compile(r"(?<=\d)(\.\d+)\(\d{1,2}\)")  # 6.5(1)
_AMOUNT_IN_BRACKETS = re.compile(r"(?<=[A-Za-z)])\((\d*\.\d+|[\d.]*[xyz](?=\)[A-Z(])|\d+(?=\)[A-Z(]))\)")


def plain(text: str) -> str:
    """Text without the marks of typesetting and programs: subscripts of any kind, thin spaces, decimal commas, TeX."""
    if found := _of_program(text):
        return found
    text = _TEX.sub("", html.unescape(text))
    text = _MIXED_NUMBER.sub(lambda m: f"{int(m[1]) + unicodedata.numeric(m[2]):.10g}", text)
    text = re.sub(r"</?su[bp]>|[$~]|\\,|_(?=\d)", "", re.sub(r"_\{([^{}]*)\}", r"\1", text))
    text = unicodedata.normalize("NFKC", text.translate(_SUBSCRIPTS).translate(_DASHES)).translate(_DASHES)
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").replace("\u2044", "/")
    text = re.sub(r"(?<=\d),(?=\d)", ".", text.strip().strip("'\"").strip().rstrip(".,;").strip())
    if not _MOLECULE.search(text):
        text = _WORDS.sub("", text).strip()
    text = _VACANCIES.sub("", text)
    for fraction in _FRACTIONS:
        text = fraction.sub(_decimal, text)
    text = _AMOUNT_IN_BRACKETS.sub(r"\1", _VACANT_SITE.sub("", _ERROR.sub(r"\1", text)))
    text = re.sub(r"\([^()]*\)", lambda m: re.sub(r"(?<=\d)\s*,\s*(?=[A-Z])", "", m[0]), text)  # (Zr1.75,Ta0.25)
    if match := _RATIO_OF_NAMED.match(text):
        return f"{match['terms'].replace(':', '-')} ({match['ratio']})"
    return text


def _of_program(text: str) -> str:
    """Formula out of what pymatgen prints for a composition, such as {'Li': 1.0, 'F': 1.0}; empty for other text."""
    text = text.strip()
    if _DICTIONARY.match(text):
        return "".join(symbol + amount for symbol, amount in _COUNTED.findall(text))
    match = _CALLED.match(text)
    return plain(match[1]) if match else ""


def _decimal(match: re.Match[str]) -> str:
    return f"{float(match.group(1)) / float(match.group(2)):.10g}" if float(match.group(2)) else match.group()


def check_typing(text: str, given: str) -> None:
    """Refuse what would read as another composition than was meant.

    Args:
        text: as `plain` returns it.
        given: as it was given, for the error.

    Raises:
        InputError: a molecule by its short name, an amount that begins with 0, or a temperature behind the formula.
    """
    if found := _MOLECULE.search(text):
        raise InputError(
            f"'{given}' names the molecule {found.group()}; write its formula, or leave it out where it is gone"
        )
    if found := re.search(r"\b(?:ICSD|COD|CCDC|JCPDS|PDF|OQMD)\W*\d+", text):
        raise InputError(f"'{given}' holds '{found.group()}', a number of a data base; give it as candidate_id")
    if found := re.search(r"[A-Z][a-z]?0\d", text):
        letter = found.group()
        raise InputError(f"'{given}' holds '{letter}', an amount that begins with 0; write O where oxygen is meant")
    if found := re.search(r"(?<=[\w)])[\s-]+\d{2,4}\s*°?C$", text):
        raise InputError(
            f"'{given}' ends in '{found.group().strip()}', a temperature or carbon; give the formula alone"
        )


def not_understood(text: str) -> str:
    """What is wrong with a text that is no formula, and what to do."""
    if re.search(r"(?<![a-z])[xyzδ](?![a-z])", text):
        return "give numbers in place of variables, as in Li7-xLa3Zr2-xTaxO12 (x = 0.5)"
    if re.search(r"[@/|&]|->", text):
        return "a composite, coating or reaction is no single material; give each in a row of its own"
    wrong = re.search(r"[A-Za-z]*(?<![A-Z])[a-z]+|[^A-Za-z0-9.()]+", text)
    if wrong is None:
        return "write it such as Li6PS5Cl"
    if wrong.group() in "+-":
        return f"'{wrong.group()}' is not understood; write the formula without charges"
    return f"'{wrong.group()}' is not understood; write the formula alone, such as Li6PS5Cl"
