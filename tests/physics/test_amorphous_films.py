"""Conductivity of films of oxides, and what a film costs."""

import numpy as np
import pytest

from ssbscreen.physics.amorphous_films import any_film, film_conductivity, film_studies
from ssbscreen.physics.cost import coating_cost


def test_every_study_says_where_it_was_read():
    assert len(film_studies()) >= 14
    assert len({study.film for study in film_studies()}) >= 11
    assert all(study.source.startswith("http") for study in film_studies())
    assert all(-9.0 < study.log10_conductivity < -4.0 for study in film_studies())


def test_a_film_that_was_measured_lies_between_its_studies_and_all_films():
    """Against the product of the two normal densities on a grid."""
    niobate = [s.log10_conductivity for s in film_studies() if s.formula == "LiNbO3"]
    assert len(niobate) == 2
    pairs = [
        [s.log10_conductivity for s in film_studies() if s.film == film]
        for film in ("Li-Nb-O", "Li-P-O", "Li-Al-Ti-P-O")
    ]
    of_study = np.sqrt(sum((a - b) ** 2 / 2 for a, b in pairs) / 3)
    prior, found = any_film(), film_conductivity("LiNbO3")
    grid = np.linspace(-12.0, 0.0, 200_001)
    density = np.exp(
        -((grid - prior.mean) ** 2) / (2 * prior.std**2) - sum((grid - x) ** 2 for x in niobate) / (2 * of_study**2)
    )
    density /= density.sum()
    mean = float(density @ grid)
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.std == pytest.approx(float(np.sqrt(density @ (grid - mean) ** 2)), abs=1e-4)
    assert found.n_studies == 2


def test_an_amorphous_film_conducts_where_the_crystal_does_not():
    """Crystals of Li3PO4 1.75e-13 S/cm (10.1021/acs.chemmater.8b01504), films 4e-9 to 5e-6."""
    film = film_conductivity("Li3PO4")
    assert 10.0 ** (film.mean - 1.645 * film.std) > 1e4 * 1.75e-13
    assert film_conductivity("Li6P2O8") == film
    unknown = film_conductivity("Li2ZrO3")
    assert (unknown.n_studies, unknown.mean) == (0, any_film().mean)
    assert unknown.std > film.std


def test_a_film_needs_grams_a_kilowatt_hour():
    """By hand: 1.316 kg of oxide, 280 cm3, a film of 5 nm on 5 micrometre 1.68 cm3, LiTaO3 of 7.4 g/cm3 12.4 g."""
    grams = 1e3 * coating_cost(1.0, 7.4, 5.0, 5.0, 4.7, 200.0, 3.8)
    assert grams == pytest.approx(12.43, abs=0.02)
