"""Composition descriptors: Magpie statistics and shares that matter for ion conductors, vectorised in numpy.

Compositions travel as an amount matrix (n, 104) indexed by atomic number, as in `Crystal.amounts`;
column 0 is unused and rows need no normalisation.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS
from ssbscreen.core.errors import InputError, IntegrityError

N_ELEMENTS = 104  # columns of an amount matrix: atomic numbers 0 (unused) to 103

MAGPIE_PROPERTIES: tuple[str, ...] = (
    "Number",
    "MendeleevNumber",
    "AtomicWeight",
    "MeltingT",
    "Column",
    "Row",
    "CovalentRadius",
    "Electronegativity",
    "NsValence",
    "NpValence",
    "NdValence",
    "NfValence",
    "NValence",
    "NsUnfilled",
    "NpUnfilled",
    "NdUnfilled",
    "NfUnfilled",
    "NUnfilled",
    "GSvolume_pa",
    "GSbandgap",
    "GSmagmom",
    "SpaceGroupNumber",
)
MAGPIE_STATISTICS: tuple[str, ...] = ("minimum", "maximum", "range", "mean", "avg_dev", "mode")
MAGPIE_NAMES: tuple[str, ...] = tuple(f"{s} {p}" for p in MAGPIE_PROPERTIES for s in MAGPIE_STATISTICS)

ANIONS: tuple[str, ...] = ("N", "O", "F", "S", "Cl", "Se", "Br", "Te", "I")
ION_SHARES: tuple[str, ...] = ("H", "Li", "Na", "K", "Cu", "Ag", *ANIONS)
_SUBLATTICE_PROPERTIES = ("Electronegativity", "CovalentRadius", "AtomicWeight", "GSvolume_pa", "Row", "NUnfilled")
P_NORMS: tuple[int, ...] = (2, 3, 5, 7, 10)
EXTRA_NAMES: tuple[str, ...] = (
    *(f"share {s}" for s in ION_SHARES),
    "share anions",
    "share framework",
    "anion mixing",
    "framework mixing",
    "mixing",
    "n_elements",
    "Li per anion",
    "Li per framework atom",
    "framework charge",
    *(f"{p}-norm" for p in P_NORMS),
    *(
        f"{lattice} {s} {p}"
        for lattice in ("anion", "framework")
        for p in _SUBLATTICE_PROPERTIES
        for s in ("mean", "standard deviation")
    ),
)
_ANION_CHARGE = {"N": 3, "O": 2, "F": 1, "S": 2, "Cl": 1, "Se": 2, "Br": 1, "Te": 2, "I": 1}
_SMALL = 1e-6


def amounts_of(composition: Composition) -> np.ndarray:
    """Atoms of each element, indexed by atomic number; oxidation states are dropped.  # (104,)

    Raises:
        InputError: an empty composition, a dummy species, or an element beyond lawrencium.
    """
    row = np.zeros(N_ELEMENTS)
    for species, amount in composition.items():
        symbol = getattr(species, "symbol", str(species))
        number = ATOMIC_NUMBER.get(symbol, 0)
        if number == 0:
            raise InputError(f"'{species}' in {composition.formula} is not an element up to Lr; replace it.")
        row[number] += float(amount)
    if not row.sum() > 0:
        raise InputError("The composition is empty; give at least one element with a positive amount.")
    return row


def amount_matrix(candidates: Sequence[Candidate]) -> np.ndarray:
    """Stacked `amounts_of`; every candidate must have a composition.  # (n, 104)"""
    out = np.zeros((len(candidates), N_ELEMENTS))
    for i, candidate in enumerate(candidates):
        if candidate.composition is None:
            raise InputError(f"Candidate '{candidate.candidate_id}' has no composition (it is a polymer).")
        out[i] = amounts_of(candidate.composition)
    return out


def fractions(amounts: np.ndarray) -> np.ndarray:
    """Rows normalised to 1.  # (n, 104) -> (n, 104)"""
    return np.asarray(amounts / amounts.sum(axis=1, keepdims=True))


def matminer_file(relative: str) -> Path:
    """Path of a data file inside the installed matminer package, found without importing it.

    Raises:
        IntegrityError: matminer or the file is missing.
    """
    spec = importlib.util.find_spec("matminer")
    roots = list(spec.submodule_search_locations or ()) if spec is not None else []
    path = Path(roots[0]) / relative if roots else Path("matminer") / relative
    if not path.exists():
        raise IntegrityError(f"{path} is missing; install matminer 0.10, which ships this element table.")
    return path


@lru_cache(maxsize=1)
def magpie_table() -> np.ndarray:
    """Element properties of Magpie, missing ones replaced by the mean over the elements that have one.

    The same rule as matminer with `impute_nan=True`.  # (104, 22), row 0 is zero

    Source: Ward et al., npj Comput. Mater. 2, 16028 (2016), as shipped in matminer.
    """
    columns = []
    for name in MAGPIE_PROPERTIES:
        values = np.full(119, np.nan)
        lines = matminer_file(f"utils/data_files/magpie_elementdata/{name}.table").read_text().splitlines()
        for number, line in enumerate(lines[:118], start=1):
            try:
                values[number] = float(line)
            except ValueError:  # written "Missing" or left empty
                continue
        values[np.isnan(values)] = np.nanmean(values)
        columns.append(values[:N_ELEMENTS])
    table = np.stack(columns, axis=1)
    table[0] = 0.0
    table.setflags(write=False)
    return table


def padded(amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Elements of each row by falling amount, padded with 0.  # (n, 104) -> z (n, k) int, fraction (n, k)"""
    k = max(int((amounts > 0).sum(axis=1).max(initial=1)), 1)
    z = np.argsort(-amounts, axis=1, kind="stable")[:, :k]
    share = np.take_along_axis(fractions(amounts), z, axis=1)
    return np.where(share > 0, z, 0), share


def magpie(amounts: np.ndarray) -> np.ndarray:
    """The 132 Magpie features in the order of `MAGPIE_NAMES`.  # (n, 104) -> (n, 132)

    Equal to matminer's `ElementProperty.from_preset("magpie")`. Elements whose amounts agree with the largest
    one within 1e-5 share the mode, and the smallest of their values is taken, as matminer does.
    """
    if len(amounts) == 0:
        return np.zeros((0, len(MAGPIE_NAMES)))
    z, share = padded(amounts)
    values = magpie_table()[z]  # (n, k, 22)
    here = (share > 0)[:, :, None]
    weight = share[:, :, None]
    low = np.where(here, values, np.inf).min(axis=1)
    high = np.where(here, values, -np.inf).max(axis=1)
    mean = (values * weight).sum(axis=1)
    deviation = (np.abs(values - mean[:, None, :]) * weight).sum(axis=1)
    top = np.isclose(share, share.max(axis=1, keepdims=True))[:, :, None]
    mode = np.where(top, values, np.inf).min(axis=1)
    return np.stack([low, high, high - low, mean, deviation, mode], axis=2).reshape(len(amounts), -1)


def _mixing(share: np.ndarray) -> np.ndarray:
    """Entropy of mixing of the rows, natural units; 0 for empty rows.  # (n, m) -> (n,)"""
    total = share.sum(axis=1, keepdims=True)
    p = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1))


_ROUNDING = 1e-12  # of a difference of squares, relative to them


def extras(amounts: np.ndarray) -> np.ndarray:
    """Descriptors of ion conductors in the order of `EXTRA_NAMES`.  # (n, 104) -> (n, 53)

    Shares of mobile ions and anions, entropy of mixing on the anion and the framework sublattice (everything
    but Li and anions), Li content, formal charge of a framework atom that balances the anions, p-norms of the
    stoichiometry, and mean and standard deviation of element properties on both sublattices. A statistic of an empty
    sublattice is NaN: `anion ...` for intermetallics, `framework ...` for binary Li compounds.
    """
    share = fractions(amounts) if len(amounts) else amounts
    anion = np.array([ATOMIC_NUMBER[s] for s in ANIONS])
    is_framework = np.ones(N_ELEMENTS, dtype=bool)
    is_framework[[0, ATOMIC_NUMBER["Li"], *anion]] = False
    anions, framework = share[:, anion], share[:, is_framework]
    n_anion, n_framework, lithium = anions.sum(axis=1), framework.sum(axis=1), share[:, ATOMIC_NUMBER["Li"]]
    charge = anions @ np.array([_ANION_CHARGE[s] for s in ANIONS], dtype=float) - lithium
    columns = [
        share[:, [ATOMIC_NUMBER[s] for s in ION_SHARES]],
        np.stack(
            [
                n_anion,
                n_framework,
                _mixing(anions),
                _mixing(framework),
                _mixing(share),
                (share > 0).sum(axis=1),
                _ratio(lithium, n_anion),
                _ratio(lithium, n_framework),
                _ratio(charge, n_framework),
            ],
            axis=1,
        ),
        np.stack([(share**p).sum(axis=1) ** (1 / p) for p in P_NORMS], axis=1),
    ]
    chosen = magpie_table()[:, [MAGPIE_PROPERTIES.index(p) for p in _SUBLATTICE_PROPERTIES]]
    for part, table in ((anions, chosen[anion]), (framework, chosen[is_framework])):
        weight = _ratio(part, part.sum(axis=1)[:, None])
        mean = weight @ table
        square = weight @ table**2
        variance = square - mean**2
        std = np.sqrt(np.where(variance < _ROUNDING * square, 0.0, variance))  # equal values differ by rounding alone
        columns.append(np.stack([mean, std], axis=2).reshape(len(share), 2 * table.shape[1]))
    return np.concatenate(columns, axis=1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the denominator vanishes."""
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > _SMALL)


def scaled_magpie(features: np.ndarray) -> np.ndarray:
    """Magpie features in standard deviations of each property over the elements.  # (n, 132) -> (n, 132)"""
    table = magpie_table()[1:]
    mean, std = table.mean(axis=0)[:, None], table.std(axis=0)[:, None]
    is_level = np.array([s not in {"range", "avg_dev"} for s in MAGPIE_STATISTICS])
    cube = features.reshape(-1, len(MAGPIE_PROPERTIES), len(MAGPIE_STATISTICS))
    return np.asarray(((cube - mean * is_level) / std).reshape(features.shape))


def scaled_extras(features: np.ndarray) -> np.ndarray:
    """Extras of order one, missing ones 0 with a flag of their own.  # (n, 53) -> (n, 106)"""
    absent = np.isnan(features)
    filled = np.nan_to_num(features)
    table = magpie_table()[1:, [MAGPIE_PROPERTIES.index(p) for p in _SUBLATTICE_PROPERTIES]]
    n_plain = len(EXTRA_NAMES) - 4 * len(_SUBLATTICE_PROPERTIES)
    plain = np.sign(filled[:, :n_plain]) * np.log1p(np.abs(filled[:, :n_plain]))
    mean = np.tile(np.stack([table.mean(axis=0), np.zeros(table.shape[1])], axis=1).ravel(), 2)
    lattice = (filled[:, n_plain:] - mean) / np.tile(np.repeat(table.std(axis=0), 2), 2)
    return np.hstack([np.where(absent, 0.0, np.hstack([plain, lattice])), absent])


@lru_cache(maxsize=1)
def element_embedding() -> np.ndarray:
    """Element vectors learned from abstracts of materials science.  # (104, 200), row 0 is zero

    Source: Tshitoyan et al., Nature 571, 95 (2019), 10.1038/s41586-019-1335-8, as shipped in matminer.
    """
    vectors = json.loads(matminer_file("utils/data_files/matscholar_els.json").read_text())
    table = np.zeros((N_ELEMENTS, 200))
    for number in range(1, N_ELEMENTS):
        table[number] = vectors[SYMBOLS[number]]
    table.setflags(write=False)
    return table
