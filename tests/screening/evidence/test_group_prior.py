"""What other materials let expect: the law of Arrhenius on made-up materials, and published ones left out in turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Polymer
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import family_of
from ssbscreen.core.recognition import OTHER_FAMILY, classify
from ssbscreen.ranking.scatter import load_scatter
from ssbscreen.screening.evidence.group_prior import GroupPrior
from ssbscreen.screening.evidence.reported import reported

E, SIGMA = "activation_energy", "ionic_conductivity"
METALS = ("Si", "Ge", "Sn", "Ti", "Zr", "Hf", "V")


def _value(formula: str, key: str, value: float) -> Reported:
    candidate = Candidate(f"{formula} {key}", Composition(formula), label=formula)
    return Reported(candidate, key, value, Bound.EXACT, 25.0, formula, "test", "")


def test_the_law_of_arrhenius_gives_the_activation_energy_of_a_measured_conductivity():
    """sigma = 10^4.6 exp(-E/kT) / T S/cm for all: 0.5 eV are 10^(4.6 - 2.474 - 8.452) S/cm at 25 degree C."""
    scatter = load_scatter()
    energies = dict(zip(METALS, (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5), strict=True))
    sigma = {m: 4.6 - np.log10(298.15) - e / (8.617333e-5 * 298.15 * np.log(10.0)) for m, e in energies.items()}
    assert sigma["V"] == pytest.approx(4.6 - 2.474 - 8.452, abs=2e-3)
    values = [_value(f"Li4{m}S4", E, e) for m, e in energies.items() if m != "V"]
    values += [_value(f"Li4{m}S4", SIGMA, s) for m, s in sigma.items()]
    candidate = Candidate("x", Composition("Li4VS4"))
    found = GroupPrior(values, scatter).expected(E, "sulfide", family_of(candidate), candidate)
    assert found is not None
    assert found.mean == pytest.approx(0.5, abs=1e-4)
    without = GroupPrior([v for v in values if v.candidate.label != "Li4VS4"], scatter)
    plain = without.expected(E, "sulfide", family_of(candidate), candidate)
    assert plain is not None
    families = {m: family_of(Candidate(m, Composition(f"Li4{m}S4"))) for m in METALS}
    own = [energies[m] for m in METALS[:-1] if families[m] == families["V"]]
    share = len(own) / (len(own) + 1)
    assert plain.mean == pytest.approx(share * np.median(own) + (1 - share) * 0.325)  # family, middle of the others


def _conducting(shifts: dict[str, float]) -> list[Reported]:
    """Energies of 0.2 eV and more, conductivities by the law with log10 A = 4.6 and a shift of each, Li4MS4."""
    values = []
    for (metal, shift), energy in zip(shifts.items(), np.linspace(0.2, 0.5, len(shifts)), strict=True):
        sigma = 4.6 + shift - np.log10(298.15) - energy / (8.617333e-5 * 298.15 * np.log(10.0))
        values += [_value(f"Li4{metal}S4", E, energy), _value(f"Li4{metal}S4", SIGMA, sigma)]
    return values


def test_an_activation_energy_is_as_sure_as_the_prefactors_of_the_others_are_alike():
    """59.16 meV a decade at 25 degree C; the material's own energy is left out, here with a prefactor far off."""
    shifts = dict(zip(METALS, (-1.5, -1.0, 0.0, 0.4, 1.0, 2.0, 9.0), strict=True))
    candidate = Candidate("x", Composition("Li4VS4"))
    found = GroupPrior(_conducting(shifts), load_scatter()).expected(E, "sulfide", family_of(candidate), candidate)
    assert found is not None
    others = np.array(list(shifts.values())[:-1])
    assert found.mean == pytest.approx(0.5 + 0.05916 * (np.median(others) - 9.0), abs=1e-4)
    assert found.std == pytest.approx(0.05916 * others.std(), rel=1e-3)
    alike = GroupPrior(_conducting(dict.fromkeys(METALS, 0.0)), load_scatter())
    told = alike.expected(E, "sulfide", family_of(candidate), candidate)
    assert told is not None
    assert told.std == load_scatter()[E].scale  # of one more study, however well they agree


@pytest.mark.parametrize(("n_others", "is_used"), [(4, False), (5, True)])
def test_prefactors_of_five_materials_make_a_distribution(n_others: int, is_used: bool):
    shifts = dict.fromkeys((*METALS[:n_others], "V"), 0.0)
    values, candidate = _conducting(shifts), Candidate("x", Composition("Li4VS4"))
    of_family = GroupPrior([v for v in values if v.property == E], load_scatter())
    found, without = (
        prior.expected(E, "sulfide", family_of(candidate), candidate)
        for prior in (GroupPrior(values, load_scatter()), of_family)
    )
    assert (found != without) == is_used


def test_polymers_follow_another_law_and_take_the_energies_of_their_class():
    """Their conductivity bends in the diagram of Arrhenius (Vogel), so it says nothing of the prefactor."""
    candidates = [
        Candidate(s, polymer=Polymer(s, "[Li+].[Cl-]", 1.0)) for s in ("*" + "C" * n + "O*" for n in range(2, 9))
    ]
    values = [
        Reported(c, key, value, Bound.EXACT, 25.0, c.candidate_id, "test", "")
        for c, energy in zip(candidates, np.linspace(0.4, 1.0, 7), strict=True)
        for key, value in ((E, float(energy)), (SIGMA, -5.0))
    ]
    found, without = (
        GroupPrior(given, load_scatter()).expected(E, "polymer", family_of(candidates[0]), candidates[0])
        for given in (values, [v for v in values if v.property == E])
    )
    assert found is not None
    assert found == without


def test_materials_of_no_family_are_not_one():
    """What one of them has says no more of another than its class does."""
    known = {"LiCN": 0.2, "LiN(CN)2": 0.9, "Li3P": 0.4}
    values = [_value(f, "fracture_toughness", x) for f, x in known.items()]
    assert [family_of(v.candidate) for v in values] == [OTHER_FAMILY, OTHER_FAMILY, "phosphide"]
    candidate, prior = Candidate("x", Composition("K2Li(SCN)3")), GroupPrior(values, load_scatter())
    found, of_class = (prior.expected("fracture_toughness", "other", f, candidate) for f in (OTHER_FAMILY, "unheard"))
    assert found == of_class
    assert found is not None


@pytest.mark.parametrize(
    "change", [{"temperature_c": 60.0}, {"bound": Bound.BELOW}, {"refusal": "retracted"}, {"dispute": "not repeated"}]
)
def test_hot_bounded_refused_and_disputed_values_say_nothing_of_others(change: dict[str, object]):
    scatter, candidate = load_scatter(), Candidate("x", Composition("Li6PS5I"))
    firm = [_value(f, "fracture_toughness", x) for f, x in (("Li6PS5Cl", 0.2), ("Li4GeS4", 0.5))]
    weak = replace(_value("Li6PS5Br", "fracture_toughness", 3.0), **change)
    with_weak, alone, counted = (
        GroupPrior([*firm, *more], scatter).expected("fracture_toughness", "sulfide", family_of(candidate), candidate)
        for more in ([weak], [], [replace(weak, bound=Bound.EXACT, temperature_c=35.0, refusal="", dispute="")])
    )
    assert with_weak == alone != counted


def test_family_class_and_all_are_mixed_by_their_number():
    """Against draws from the mixture: 2 of 3 from the family's two values, of the rest 5 of 6 from its class."""
    scatter = load_scatter()
    key = "fracture_toughness"
    narrow = scatter[key].scale
    family, others, oxides = ["Li6PS5Cl", "Li6PS5Br"], ["Li3YCl6", "Li3InCl6"], ["Li2ZrO3", "LiAlO2"]
    sulfides = ["Li4GeS4", "Li4SnS4", "Li2SiS3"]
    numbers = [-0.6, -0.5, 0.1, 0.2, 0.3, 0.9, 1.0, 1.1, 1.2]
    known = dict(zip([*family, *sulfides, *others, *oxides], numbers, strict=True))
    candidate = Candidate("x", Composition("Li6PS5I"))
    assert family_of(candidate) == family_of(Candidate("y", Composition("Li6PS5Cl"))) != "other"
    values = [_value(formula, key, scatter[key].stored(value)) for formula, value in known.items()]
    found = GroupPrior(values, scatter).expected(key, "sulfide", family_of(candidate), candidate)
    assert found is not None
    rng = np.random.default_rng(0)
    n = 400_000
    drawn = np.select(
        [rng.random(n) < 2 / 3, rng.random(n) < 5 / 6],
        [
            rng.normal(-0.55, max(0.05, narrow), n),
            rng.normal(0.1, max(float(np.std([-0.6, -0.5, 0.1, 0.2, 0.3])), narrow), n),
        ],
        rng.normal(0.3, scatter[key].prior_std, n),
    )
    assert found.mean == pytest.approx(drawn.mean(), abs=0.01)
    assert found.std == pytest.approx(drawn.std(), rel=0.01)


def test_one_material_more_makes_no_step():
    """Of a family far from its class, one at a time: what is expected moves by the share of one."""
    scatter, key = load_scatter(), "fracture_toughness"
    argyrodites = [f"Li{6 - x:g}PS{5 - x:g}Cl{1 + x:g}" for x in np.arange(0.0, 0.9, 0.1).round(1)]
    others = [_value(f, key, scatter[key].stored(1.0)) for f in ("Li4GeS4", "Li4SnS4", "Li2SiS3", "Li3YCl6")]
    candidate = Candidate("x", Composition("Li6PS5I"))
    before = None
    for n in range(len(argyrodites) + 1):
        values = [*others, *(_value(f, key, scatter[key].stored(-1.0)) for f in argyrodites[:n])]
        found = GroupPrior(values, scatter).expected(key, "sulfide", family_of(candidate), candidate)
        assert found is not None
        if before is not None:
            assert abs(found.mean - before) <= 2.5 / (n + 1)
        before = found.mean
    assert GroupPrior([], scatter).expected(key, "sulfide", "argyrodite", candidate) is None


def test_published_activation_energies_left_out_in_turn():
    """130 of the shipped tables: 0.070 eV off by their conductivity, 0.100 eV by their family and class."""
    scatter = load_scatter()
    values = [v for v in reported([E, SIGMA]) if v.source == "literature" and v.candidate.polymer is None]
    both, alone = GroupPrior(values, scatter), GroupPrior([v for v in values if v.property == E], scatter)
    errors = []
    for value in (v for v in values if v.property == E and not v.refusal and not v.dispute and not v.is_calculated):
        candidate = value.candidate
        labels = classify(candidate.composition), family_of(candidate)
        found = [prior.expected(E, *labels, candidate) for prior in (both, alone)]
        if all(found):
            errors.append([abs(one.mean - value.value) for one in found if one is not None])
    by_conductivity, by_family = np.mean(errors, axis=0)
    assert len(errors) > 80
    assert by_conductivity < 0.8 * by_family
