"""Does the count of electrons allow a gap? Balance of formal charges in a composition, vectorised.

Compounds whose formal charges balance and whose shells are closed are insulators as a rule, those with electrons left
over are metals. Statistics of element properties hold this only by chance, so it is counted here: every element takes
each of its oxidation states, the most electronegative main-group element its negative one.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS
from ssbscreen.featurize.composition import N_ELEMENTS, fractions

BALANCE_NAMES: tuple[str, ...] = (
    "electrons per anion",
    "off 8",
    "electrons per anion without lone pairs",
    "off 8 without lone pairs",
    "electrons per anion-like atom",
    "off 8 by anion-like atoms",
    "anion charge",
    "lowest charge",
    "highest charge",
    "excess",
    "share of the anion",
    "share of anion-like atoms",
    "has anion",
    "imbalance",
    "open shells",
    "rare states",
    "open shells of the common states",
    "imbalance or rare states",
)
HIGHEST = 7
# States in which these stand beside lithium, where the highest common one would be a rare one.
_USUAL_STATE = {"H": 1, "Cr": 3, "Mn": 2, "Fe": 3, "Co": 2, "Ni": 2, "Ce": 4, "Eu": 3}
_ANION_COLUMN = {"N": 0, "O": 1, "S": 1, "Se": 1, "Te": 1, "F": 2, "Cl": 2, "Br": 2, "I": 2}
VALENCE_NAMES: tuple[str, ...] = (
    "Li",
    "no positive state",
    *(f"{q}+" for q in range(1, HIGHEST + 1)),
    "nitride",
    "chalcogenide",
    "halide",
)
_ZERO = 8  # column of state 0 in the tables by state
_CHUNK = 200_000  # assignments at a time
_MOST_ASSIGNMENTS = 2048  # of a system; beyond, the least common states are left out
_ANION_LIKE = 1.8  # Pauling electronegativity of what can be an anion beside a more electronegative element
_NEAR_ANION = 0.5  # electronegativity below the anion's within which an element counts as an anion too
_SAME_BALANCE = 0.004  # charge per atom by which assignments count as balanced alike
_MOST_ELECTRONS = 20.0  # per anion
_RARE_COST = 0.2  # charge per atom that a rare state of every atom would be worth
# states that pymatgen's lists of common ones lack, although many compounds hold them
_COMMON = {"Cu": (1, 2), "Ag": (1,), "Au": (1, 3), "Hg": (1, 2), "Tl": (1, 3), "Eu": (2, 3), "Yb": (2, 3)}
_LEAD = 1.87  # Pauling's for divalent lead; with that of tetravalent lead (2.33) it would be the anion of PbTe
_CLOSED_F = {("Ce", 4), ("Th", 4), ("U", 6), ("Eu", 2), ("Yb", 2)}  # besides 3+ of all


class _Elements:
    """Tables by atomic number.

    Attributes:
        electronegativity: Pauling's, 0 where there is none.  # (104,)
        electrons: of the valence shell; 3 for lanthanoids and actinoids, d electrons up to group 10.  # (104,)
        negative: charge of a filled octet.  # (104,)
        is_main: H and groups 14 to 17.  # (104,)
        has_lone_pair: heavy elements of groups 13 to 15, which may keep two s electrons.  # (104,)
        states: positive oxidation states, common ones first.
        low, high: least and largest of them.  # (104,)
        open: electrons or holes in an open shell by element and state.  # (104, 17)
        rare: whether a state is not a common one.  # (104, 17)

    Source: oxidation states, groups and electronegativities of pymatgen's element table.
    """

    def __init__(self) -> None:
        self.electronegativity, self.electrons, self.negative = (np.zeros(N_ELEMENTS) for _ in range(3))
        self.is_main, self.has_lone_pair = np.zeros(N_ELEMENTS, dtype=bool), np.zeros(N_ELEMENTS, dtype=bool)
        self.states: list[tuple[int, ...]] = [(0,)] * N_ELEMENTS
        self.open, self.rare = np.zeros((N_ELEMENTS, 17)), np.zeros((N_ELEMENTS, 17))
        for z in range(1, N_ELEMENTS):
            element = Element(SYMBOLS[z])
            group, is_f = element.group, element.is_lanthanoid or element.is_actinoid
            self.electronegativity[z] = _LEAD if element.symbol == "Pb" else element.data.get("X") or 0.0
            self.electrons[z] = 3 if is_f else group if group < 11 else group - 10
            self.is_main[z] = z == 1 or 14 <= group <= 17
            self.negative[z] = -1 if z == 1 else self.electrons[z] - 8
            self.has_lone_pair[z] = 13 <= group <= 15 and element.row >= 5
            common = _COMMON.get(element.symbol, element.common_oxidation_states)
            known = {*common} if element.symbol in _COMMON else {*common, *element.icsd_oxidation_states}
            self.states[z] = tuple(sorted((s for s in known if s > 0), key=lambda s: (s not in common, s))) or (0,)
            for state in self.states[z]:
                self.rare[z, _ZERO + state] = state not in common
                self.open[z, _ZERO + state] = _open_shell(element.symbol, group, is_f, self.electrons[z] - state, state)
        self.low, self.high = (np.array([pick(s) for s in self.states], dtype=float) for pick in (min, max))


def _open_shell(symbol: str, group: int, is_f: bool, left: float, state: int) -> float:
    """Electrons or holes, whichever are fewer, in the open shell of an ion that keeps `left` valence electrons."""
    if is_f:
        return 0.0 if state == 3 or (symbol, state) in _CLOSED_F else 0.5
    if 3 <= group <= 10:
        return min(left, max(10.0 - left, 0.0))
    if group in (11, 12):
        return float(left != 0)
    return float(left not in (0, 2))


@lru_cache(maxsize=1)
def _elements() -> _Elements:
    return _Elements()


@lru_cache(maxsize=20000)
def _assignments(system: tuple[int, ...], anion: int) -> np.ndarray:
    """Oxidation states of the elements of a system in all combinations, the last one repeated up to a power of 2.

    Args:
        system: atomic numbers.
        anion: place of the anion among them, -1 for none.

    Returns:
        # (n_assignments, n_elements) int8
    """
    table = _elements()
    choices = []
    for place, z in enumerate(system):
        negative = int(table.negative[z])
        if place == anion:
            choices.append([negative])
        elif anion >= 0 and table.is_main[z] and table.electronegativity[z] >= _ANION_LIKE:
            n_common = sum(not table.rare[z, _ZERO + s] for s in table.states[z])
            choices.append([*table.states[z][:n_common], negative, *table.states[z][n_common:]])
        else:
            choices.append(list(table.states[z]))
    while math.prod(map(len, choices)) > _MOST_ASSIGNMENTS:
        max(choices, key=len).pop()
    found = list(product(*choices))
    found += found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found))
    return np.array(found, dtype=np.int8)


def charge_balance(amounts: np.ndarray) -> np.ndarray:
    """What the formal charges allow, in the order of `BALANCE_NAMES`.

    Electrons per anion are in octets, held at 2.5, as they are where there is no anion (a closed octet is 1, the
    8 - N rule); charges are per atom, in units of e. "excess" is what lacks to 0 even with mixed valences,
    "imbalance" what lacks with one state an element; open shells and rare states are the fewest per atom among the
    best balanced assignments.

    Args:
        amounts: # (n, 104)

    Returns:
        # (n, 18)
    """
    out = np.zeros((len(amounts), len(BALANCE_NAMES)))
    if not len(amounts):
        return out
    share = fractions(amounts)
    is_there = share > 0
    n_elements = is_there.sum(axis=1)
    for k in np.unique(n_elements):
        rows = np.flatnonzero(n_elements == k)
        z = np.nonzero(is_there[rows])[1].reshape(len(rows), k)
        own = np.take_along_axis(share[rows], z, axis=1)
        counted, anion = _counted(z, own)
        out[rows] = np.hstack([counted, _assigned(z, own, anion)])
    return out


def _counted(z: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Electrons per anion and ranges of charge; place of the anion, -1 for none.  # (n, k) twice -> (n, 13), (n,)"""
    table = _elements()
    strength, is_main = table.electronegativity[z], table.is_main[z]
    has_anion = is_main.any(axis=1)
    anion = np.where(has_anion, np.where(is_main, strength, -1.0).argmax(axis=1), -1)
    is_anion = np.arange(z.shape[1]) == anion[:, None]
    weakest = np.maximum((strength * is_anion).sum(axis=1) - _NEAR_ANION, _ANION_LIKE)
    like = is_anion | (is_main & (strength >= weakest[:, None]))
    total = (share * table.electrons[z]).sum(axis=1)
    lone = 2.0 * (share * (table.has_lone_pair[z] & ~is_anion)).sum(axis=1)
    n_anion, n_like = (share * is_anion).sum(axis=1), (share * like).sum(axis=1)
    counts = [_per_anion(total, n_anion), _per_anion(total - lone, n_anion), _per_anion(total, n_like)]
    negative = (share * np.where(like, table.negative[z], 0.0)).sum(axis=1)
    low = negative + (share * np.where(like, 0.0, table.low[z])).sum(axis=1)
    high = negative + (share * np.where(like, 0.0, table.high[z])).sum(axis=1)
    excess = np.maximum(np.maximum(low, -high), 0.0)
    columns = [column for count in counts for column in (count, np.abs(count - 1.0))]
    return np.stack([*columns, negative, low, high, excess, n_anion, n_like, has_anion], axis=1), anion


def _assigned(z: np.ndarray, share: np.ndarray, anion: np.ndarray) -> np.ndarray:
    """How well one oxidation state an element balances.  # (n, k), (n, k), (n,) -> (n, 5)"""
    table, out = _elements(), np.zeros((len(z), 5))
    states = [_assignments(tuple(system), place) for system, place in zip(z.tolist(), anion.tolist(), strict=True)]
    sizes = np.array([len(s) for s in states])
    for size in np.unique(sizes):
        same = np.flatnonzero(sizes == size)
        for rows in np.array_split(same, -(-len(same) * size // _CHUNK)):
            own = np.stack([states[row] for row in rows])  # (m, n_assignments, k)
            elements, column = z[rows][:, None, :], own.astype(np.int64) + _ZERO
            part = share[rows]
            off = np.abs(np.einsum("mak,mk->ma", own.astype(float), part))
            is_open = np.einsum("mak,mk->ma", table.open[elements, column], part)
            is_rare = np.einsum("mak,mk->ma", table.rare[elements, column], part)
            imbalance = off.min(axis=1)
            is_best = off <= imbalance[:, None] + _SAME_BALANCE
            rare = np.where(is_best, is_rare, np.inf)
            least_rare = rare.min(axis=1)
            of_common = np.where(rare <= least_rare[:, None] + 1e-9, is_open, np.inf).min(axis=1)
            out[rows] = np.stack(
                [
                    imbalance,
                    np.where(is_best, is_open, np.inf).min(axis=1),
                    least_rare,
                    of_common,
                    (off + _RARE_COST * is_rare).min(axis=1),
                ],
                axis=1,
            )
    return out


def _per_anion(electrons: np.ndarray, n_anions: np.ndarray) -> np.ndarray:
    """Octets per anion, at most `_MOST_ELECTRONS` electrons."""
    found = np.divide(electrons, n_anions, out=np.full(len(electrons), _MOST_ELECTRONS), where=n_anions > 0)
    return np.asarray(np.minimum(found, _MOST_ELECTRONS) / 8.0)


@lru_cache(maxsize=1)
def _column() -> np.ndarray:
    """Column of each element.  # (104,)

    Source: highest of pymatgen's `common_oxidation_states`, except for `_USUAL_STATE`.
    """
    found = np.zeros(N_ELEMENTS, dtype=int)
    for z in range(1, N_ELEMENTS):
        symbol = SYMBOLS[z]
        if symbol in _ANION_COLUMN:
            found[z] = 2 + HIGHEST + _ANION_COLUMN[symbol]
        else:
            highest = max(Element(symbol).common_oxidation_states, default=0)
            found[z] = 1 + min(max(_USUAL_STATE.get(symbol, highest), 0), HIGHEST)
    found[ATOMIC_NUMBER["Li"]] = 0
    return found


@lru_cache(maxsize=1)
def usual_charges() -> np.ndarray:
    """Formal charge of each element beside lithium: its highest common or its usual one, anions their own.

    0 for noble gases and vacancies. Sulfur, nitrogen and halogens count as anions everywhere, as in `valence_shares`.

    Returns:
        # (104,)
    """
    of_column = np.array([1, *range(HIGHEST + 1), -3, -2, -1], dtype=float)
    return np.asarray(of_column[_column()] * (np.arange(N_ELEMENTS) > 0))


def valence_shares(share: np.ndarray) -> np.ndarray:
    """Shares of lithium, of the other cations by their formal charge and of the anions by theirs.

    Isovalent substitution (Ti by Zr, O by S) changes nothing, aliovalent substitution (Ti by Al and Li) does: it is
    what makes vacancies and interstitials. States are fixed per element, no charges are balanced: sulfur counts as an
    anion in sulfates too, hydrogen as a cation in hydrides.

    Args:
        share: fractions by atomic number.  # (n, 104)

    Returns:
        In the order of `VALENCE_NAMES`, rows sum to 1.  # (n, 12)
    """
    column = _column()
    merge = np.zeros((N_ELEMENTS, len(VALENCE_NAMES)))
    merge[np.arange(1, N_ELEMENTS), column[1:]] = 1.0
    return np.asarray(share @ merge)
