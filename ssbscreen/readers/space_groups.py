"""Names and numbers of space groups, however they are written, as symmetry operations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import gemmi
import numpy as np
import spglib

N_SETTINGS = 530  # of the International Tables, as Hall numbers of spglib
_CHOICES = {"S": "1", "Z": "2", "H": "H", "R": "R", "1": "1", "2": "2"}  # ICSD and CIF names of origins and axes
_REMARK = re.compile(r"\s*\((?:\s*no\.?)?\s*\d+\s*\)\s*$|\s*#\d+\s*$", re.IGNORECASE)
_SUFFIX = re.compile(r"\s*:\s*(?P<colon>[12HRhr])\s*$|\s*(?<![\d/])(?P<letter>[SZ])\s*$|(?<=\S)\s*(?P<axes>[HR])\s*$")


@dataclass(frozen=True)
class Setting:
    """A space group with its axes and origin.

    Attributes:
        number: of the International Tables, 1 to 230.
        name: Hermann-Mauguin symbol in this setting.
        choice: of origin ("1", "2"), axes ("H", "R") or unique axis; empty where there is one only.
        hall: Hall symbol, which says everything.
    """

    number: int
    name: str
    choice: str
    hall: str

    @cached_property
    def operations(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations and shifts on fractional coordinates.  # (n, 3, 3), (n, 3)"""
        return operations_of_hall(self.hall)

    @property
    def title(self) -> str:
        """Name with its choice, for people."""
        return f"{self.name}{f' :{self.choice}' if self.choice else ''} (no. {self.number})"


def operations_of_hall(hall: str) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (n, 3, 3) and shifts (n, 3) of a Hall symbol.

    Raises:
        ValueError: not a Hall symbol.
    """
    try:
        seitz = np.array([op.float_seitz() for op in gemmi.symops_from_hall(hall)])
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    return seitz[:, :3, :3], seitz[:, :3, 3]


@lru_cache(maxsize=1)
def all_settings() -> tuple[Setting, ...]:
    """The 530 settings of the International Tables, in the order of spglib."""
    return tuple(Setting(k.number, k.international_short.replace("_", ""), k.choice, k.hall_symbol) for k in _kinds())


@lru_cache(maxsize=1)
def _kinds() -> tuple[Any, ...]:
    return tuple(spglib.get_spacegroup_type(i) for i in range(1, N_SETTINGS + 1))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, tuple[Setting, ...]]:
    found: dict[str, list[Setting]] = {}
    for setting, kind in zip(all_settings(), _kinds(), strict=True):
        names = {kind.international_full, *kind.international.split("=")}
        if 3 <= setting.number <= 15:  # the short symbol is that of the standard axes, whatever the axes
            names = {kind.international_full, kind.international.split("=")[-1]}
        else:
            names.add(kind.international_short)
        for name in {_plain(name) for name in names}:
            found.setdefault(name, []).append(setting)
    return {name: tuple(settings) for name, settings in found.items()}


def _plain(name: str) -> str:
    return re.sub(r"[\s_'\"]", "", name).lower()


def settings_numbered(number: int) -> tuple[Setting, ...]:
    """All settings of a space group; empty for numbers outside 1 to 230."""
    return tuple(s for s in all_settings() if s.number == number)


def settings_named(name: str) -> tuple[Setting, ...]:
    """Settings that a Hermann-Mauguin symbol may mean: short, full, old and extended symbols, with or without choice.

    Empty where the name is not understood. Several where the name leaves origin or axes open.
    """
    text = _REMARK.sub("", name.strip().strip("'\"")).strip()
    if match := _SUFFIX.search(text):
        choice = _CHOICES[next(g for g in match.groups() if g).upper()]
        found = _of_symbol(text[: match.start()])
        return tuple(s for s in found if s.choice.startswith(choice)) or found
    return _of_symbol(text)


def _of_symbol(symbol: str) -> tuple[Setting, ...]:
    plain = _plain(symbol)
    shortened = re.sub(r"21?/(?=[a-emn])", "", plain) if plain.count("/") > 1 else plain  # 2/m, 21/c of a full symbol
    for name in (plain, shortened):
        if found := _by_name().get(name):
            return found
    group = gemmi.find_spacegroup_by_name(symbol)  # knows short names of other axes and names no longer in use
    if group is None:
        return ()
    if found := _by_name().get(_plain(group.hm)):
        return found
    return tuple(
        Setting(g.number, g.hm, g.ext.strip("\0"), g.hall) for g in gemmi.spacegroup_table() if g.hm == group.hm
    )
