"""How well a film of an oxide conducts lithium: as amorphous films do, whatever the crystal does.

Films of some nanometre are laid down at low temperature and stay amorphous. Crystals of Li3PO4 or LiNbO3 hardly
conduct, their amorphous films do, so the conductivity of a crystal says little about a coating. A film that was
measured is known by its own studies; any other oxide by the films of all that were.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.core import Composition

from ssbscreen.physics.shipped_table import shipped_rows

FILM_ACTIVATION: Final[float] = 0.6
"""eV; mean of 0.51 (10.1088/0957-4484/25/50/504007), 0.57 (Solid State Ionics 180, 644 (2009)) and 0.72
(arXiv:2507.07720), of films of Li3PO4 and Li-Ge-P-O."""


@dataclass(frozen=True, slots=True)
class FilmStudy:
    """One measured film.

    Attributes:
        film: elements, by which studies of one film belong together.
        formula: of the compound, reduced; empty where the film is a mixture that no compound stands for.
        log10_conductivity: ionic, log10(S/cm) at about 25 degree C.
        source: where it was read.
    """

    film: str
    formula: str
    log10_conductivity: float
    source: str


@dataclass(frozen=True, slots=True)
class FilmConductivity:
    """What is known of the conductivity of a film.

    Attributes:
        mean, std: log10(S/cm).
        n_studies: of this film; 0 where it is expected from the others.
    """

    mean: float
    std: float
    n_studies: int

    def sample(self, noise: np.ndarray) -> np.ndarray:
        """log10(S/cm) for standard normal numbers.  # same shape"""
        return self.mean + self.std * np.asarray(noise, float)


@lru_cache(maxsize=1)
def film_studies() -> tuple[FilmStudy, ...]:
    """The table `amorphous_films.csv`.

    Source: abstracts of fourteen studies, each with its address. What conducts badly is published less often, so the
    mean is likely too high.
    """
    return tuple(
        FilmStudy(
            row["film"],
            Composition(row["formula"]).reduced_formula if row["formula"] else "",
            float(np.log10(float(row["conductivity"]))),
            row["read_at"],
        )
        for row in shipped_rows("amorphous_films.csv")
    )


@lru_cache(maxsize=1)
def any_film() -> FilmConductivity:
    """Of an amorphous oxide that nobody measured, by the means of the films that were."""
    by_film = _by_film()
    means = np.array([np.mean(values) for values in by_film.values()])
    return FilmConductivity(float(means.mean()), _scatter(), 0)


@lru_cache(maxsize=4096)
def film_conductivity(formula: str) -> FilmConductivity:
    """Of a film of an oxide.

    The mean of its own studies, weighed against `any_film`: one study errs as far as two of one film differ.

    Args:
        formula: such as Li3PO4. Of other classes no films stand in the table.
    """
    composition = Composition(formula)
    prior = any_film()
    own = [study.log10_conductivity for study in film_studies() if study.formula == composition.reduced_formula]
    if not own:
        return prior
    of_prior, of_own = prior.std**-2, len(own) / _scatter_of_studies() ** 2
    mean = (of_prior * prior.mean + of_own * float(np.mean(own))) / (of_prior + of_own)
    return FilmConductivity(mean, float((of_prior + of_own) ** -0.5), len(own))


def _by_film() -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for study in film_studies():
        found.setdefault(study.film, []).append(study.log10_conductivity)
    return found


def _scatter() -> float:
    """Of all studies, decades: films differ no more than studies of one film do, so neither is told apart."""
    return float(np.std([study.log10_conductivity for study in film_studies()], ddof=1))


def _scatter_of_studies() -> float:
    """Of studies of the same film, decades, pooled."""
    several = [np.array(values) for values in _by_film().values() if len(values) > 1]
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in several)
    return float(np.sqrt(squares / sum(len(values) - 1 for values in several)))
