"""Structures as written, and changes of what is written whose effect on composition and density is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS, Crystal

_TAGS = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")


@dataclass(frozen=True)
class Written:
    """Rows of a structure before they become text.

    Attributes:
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
        labels, symbols: of the rows.
        frac: # (n, 3)
        occupancy: # (n,)
        columns: order in which a CIF lists them.
        blanks: between fields.
        comments: whether a CIF holds some.
        digits: of coordinates.
    """

    lattice: np.ndarray
    labels: tuple[str, ...]
    symbols: tuple[str, ...]
    frac: np.ndarray
    occupancy: np.ndarray
    columns: tuple[str, ...] = _TAGS
    blanks: str = " "
    comments: bool = False
    digits: int = 10

    @classmethod
    def of(cls, crystal: Crystal) -> Written:
        """A row for each occupant."""
        symbols = tuple(SYMBOLS[z] for z in crystal.occupant_z)
        labels = tuple(f"{s}{i}" for i, s in enumerate(symbols))
        return cls(crystal.lattice, labels, symbols, crystal.frac[crystal.occupant_site], crystal.occupancy)

    @property
    def is_ordered(self) -> bool:
        """Whether every row is a full site."""
        return bool((self.occupancy > 0.999).all())

    @property
    def fractions(self) -> dict[str, float]:
        """Atomic fractions."""
        total: dict[str, float] = {}
        for symbol, share in zip(self.symbols, self.occupancy, strict=True):
            total[symbol] = total.get(symbol, 0.0) + float(share)
        return {s: n / sum(total.values()) for s, n in total.items() if n > 0}

    @property
    def density(self) -> float:
        """g/cm3, by the masses of the elements."""
        numbers = np.array([ATOMIC_NUMBER[s] for s in self.symbols])
        n = len(numbers)
        return Crystal(self.lattice, self.frac, np.arange(n), numbers, self.occupancy).density

    def take(self, order: np.ndarray) -> Written:
        """Rows in another order."""
        return replace(
            self,
            labels=tuple(self.labels[i] for i in order),
            symbols=tuple(self.symbols[i] for i in order),
            frac=self.frac[order],
            occupancy=self.occupancy[order],
        )

    def cif(self) -> str:
        """Every site, without symmetry."""
        lengths = np.linalg.norm(self.lattice, axis=1)
        unit = self.lattice / lengths[:, None]
        angles = [np.degrees(np.arccos(np.clip(unit[i] @ unit[j], -1, 1))) for i, j in ((1, 2), (0, 2), (0, 1))]
        names = [f"_cell_length_{x}" for x in "abc"] + [f"_cell_angle_{x}" for x in ("alpha", "beta", "gamma")]
        lines = ["data_written"] + ["# said by nobody"] * self.comments
        lines += [f"{n}{self.blanks}{v:.{self.digits}f}" for n, v in zip(names, [*lengths, *angles], strict=True)]
        lines += ["_symmetry_space_group_name_H-M 'P 1'", "loop_", *(f"_atom_site_{tag}" for tag in self.columns)]
        for i, label in enumerate(self.labels):
            fields = dict(
                zip(
                    _TAGS,
                    (label, self.symbols[i], *self._numbers(self.frac[i]), f"{self.occupancy[i]:.6f}"),
                    strict=True,
                )
            )
            lines.append(self.blanks.join(fields[tag] for tag in self.columns) + "  # a row" * self.comments)
        return "\n".join(lines) + "\n"

    def poscar(self) -> str:
        """With blocks of equal symbols, in their order."""
        order = np.array(sorted(range(len(self.symbols)), key=lambda i: self.symbols[i]))
        names = sorted(set(self.symbols))
        lines = ["written", "1.0", *(self.blanks.join(self._numbers(v)) for v in self.lattice), " ".join(names)]
        lines += [" ".join(str(self.symbols.count(name)) for name in names), "Direct"]
        return "\n".join([*lines, *(self.blanks.join(self._numbers(self.frac[i])) for i in order)]) + "\n"

    def extxyz(self) -> str:
        """Cartesian."""
        cell = " ".join(self._numbers(self.lattice.ravel()))
        rows = [
            self.blanks.join([s, *self._numbers(x)])
            for s, x in zip(self.symbols, self.frac @ self.lattice, strict=True)
        ]
        return "\n".join([str(len(rows)), f'Lattice="{cell}" Properties=species:S:1:pos:R:3 pbc="T T T"', *rows]) + "\n"

    def json(self) -> str:
        """As pymatgen writes it; occupants on one position share a site."""
        sites: dict[tuple[float, ...], list[dict[str, object]]] = {}
        for symbol, x, share in zip(self.symbols, self.frac, self.occupancy, strict=True):
            species = sites.setdefault(tuple(float(v) for v in x), [])
            species.append({"element": symbol, "occu": float(share)})
        listed = [{"species": species, "abc": list(x), "label": "x", "properties": {}} for x, species in sites.items()]
        return json.dumps({"@class": "Structure", "lattice": {"matrix": self.lattice.tolist()}, "sites": listed})

    def line(self) -> str:
        """A line of JSON."""
        lengths = np.linalg.norm(self.lattice, axis=1)
        unit = self.lattice / lengths[:, None]
        angles = [float(np.degrees(np.arccos(np.clip(unit[i] @ unit[j], -1, 1)))) for i, j in ((1, 2), (0, 2), (0, 1))]
        return (
            json.dumps(
                {
                    "id": "a",
                    "lattice": [*lengths.tolist(), *angles],
                    "species": self.symbols,
                    "frac": self.frac.tolist(),
                }
            )
            + "\n"
        )

    def ase(self) -> str:
        """As ASE writes it."""
        numbers = [ATOMIC_NUMBER[s] for s in self.symbols]
        positions = (self.frac @ self.lattice).tolist()
        return json.dumps(
            {"numbers": numbers, "positions": positions, "cell": self.lattice.tolist(), "pbc": [True] * 3}
        )

    def _numbers(self, values: np.ndarray) -> list[str]:
        return [f"{x:.{self.digits}f}" for x in values]


def renamed(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, labels=tuple(f"{s}{rng.integers(1000)}{'ABC'[i % 3]}{i}" for i, s in enumerate(w.symbols)))


def reordered(w: Written, rng: np.random.Generator) -> Written:
    return w.take(rng.permutation(len(w.symbols)))


def columns_reordered(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, columns=tuple(rng.permutation(np.array(w.columns)).tolist()))


def commented(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, comments=True)


def spaced(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, blanks=("  ", "\t", " \t ")[int(rng.integers(3))])


def wrapped(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, frac=w.frac + rng.integers(-2, 3, w.frac.shape))


def moved(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, frac=w.frac + rng.random(3))


def other_cell(w: Written, rng: np.random.Generator) -> Written:
    """Lattice vectors of the same lattice, mildly skewed."""
    change = np.eye(3, dtype=int)
    i, j = rng.permutation(3)[:2]
    change[i, j] = rng.choice([-1, 1])
    return replace(w, lattice=change @ w.lattice, frac=w.frac @ np.linalg.inv(change))


def doubled(w: Written, rng: np.random.Generator) -> Written:
    """Twice the cell along one axis."""
    axis = int(rng.integers(3))
    lattice, step = w.lattice.copy(), np.zeros(3)
    lattice[axis] *= 2
    step[axis] = 0.5
    half = w.frac.copy()
    half[:, axis] /= 2
    twice = (w.labels + tuple(f"{x}b" for x in w.labels), w.symbols * 2, np.vstack([half, half + step]))
    return replace(
        w, lattice=lattice, labels=twice[0], symbols=twice[1], frac=twice[2], occupancy=np.tile(w.occupancy, 2)
    )


def scaled(w: Written, rng: np.random.Generator) -> Written:
    return replace(w, lattice=w.lattice * rng.uniform(0.95, 1.2))


def halved(w: Written, rng: np.random.Generator) -> Written:
    """Half the occupancy of one row."""
    share = w.occupancy.copy()
    share[int(rng.integers(len(share)))] *= 0.5
    return replace(w, occupancy=share)


def exchanged(w: Written, rng: np.random.Generator) -> Written:
    """One element in place of another, everywhere."""
    old = w.symbols[int(rng.integers(len(w.symbols)))]
    new = ("Na", "K", "S", "Se", "Ge", "Br")[int(rng.integers(6))]
    symbols = tuple(new if s == old else s for s in w.symbols)
    return replace(w, symbols=symbols, labels=tuple(f"{s}{i}" for i, s in enumerate(symbols)))


Change = Callable[[Written, np.random.Generator], Written]
CHANGES: tuple[Change, ...] = (
    renamed, reordered, columns_reordered, commented, spaced, wrapped,
    moved, other_cell, doubled, scaled, halved, exchanged,
)  # fmt: skip
FORMS: dict[str, Callable[[Written], str]] = {
    "cif": Written.cif,
    "poscar": Written.poscar,
    "extxyz": Written.extxyz,
    "json": Written.json,
    "jsonl": Written.line,
}
