"""`window` and `pair`: names, published numbers, tables on the terminal, pictures, helpful errors."""

import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from ssbscreen.app import questions
from ssbscreen.cli import main as cli
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.files.material_names import ABBREVIATIONS, composition_of, named, split_pair
from ssbscreen.files.writing import write_table
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.voltage_profile import voltage_profile
from ssbscreen.query.answer_text import window_text
from ssbscreen.screening.hulls.references import load_reference
from ssbscreen.screening.reference_materials import reference_cathodes, reference_electrolytes


@pytest.fixture(autouse=True)
def no_mirror(tmp_path_factory, monkeypatch):
    """A fresh clone: nothing fetched, one cache for the module."""
    monkeypatch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path_factory.getbasetemp() / "question_cache"))


@pytest.fixture(scope="module")
def embedded():
    """Measured enthalpies."""
    return load_reference("embedded")


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments], catch_exceptions=True)


def test_names():
    assert named("LLZO").formula == "Li7La3Zr2O12"
    assert named("lgps").formula == "Li10GeP2S12"
    for held in (
        *reference_electrolytes(),
        *reference_cathodes(),
    ):  # LiPON is the crystal, as published windows have it
        if held.composition is not None and held.candidate_id != "LiPON":
            assert composition_of(held.candidate_id).almost_equals(held.composition)
    assert named("Li6PS5Cl").formula == "Li6PS5Cl"
    assert all(parse_formula(formula) for formula in ABBREVIATIONS.values())
    with pytest.raises(InputError, match="LLZO"):
        named("llzz")
    with pytest.raises(InputError, match="Did you mean NMC111"):
        named("NMC999")
    for name, formula in {
        "NCM523": "LiNi0.5Mn0.3Co0.2O2",
        "NMC-532": "LiNi0.5Mn0.3Co0.2O2",
        "ncm955": "LiNi0.9Mn0.05Co0.05O2",
        "NMC9055": "LiNi0.9Mn0.05Co0.05O2",
        "NCA811": "LiNi0.8Co0.1Al0.1O2",
    }.items():
        assert named(name).formula == formula
    # a mixture, a polymorph: as chemists write the compound
    for text in ("75Li2S-25P2S5", "\u03b2-Li3PS4", "gamma-Li3PS4"):
        assert named(text).formula == "Li3PS4"
    assert composition_key(parse_formula(named("57Li2S-38SiS2-5Li4SiO4").formula)) == composition_key(
        composition_of("57Li2S-38SiS2-5Li4SiO4").get_el_amt_dict()
    )
    for family in ("LiSICON", "thio-LISICON", "NASICON"):  # the first reads as a formula, too
        with pytest.raises(InputError, match="family of materials"):
            named(family)
    assert split_pair("Li3PS4|LiNbO3|LiCoO2", None, None) == ("Li3PS4", "LiCoO2", "LiNbO3")
    assert split_pair("Li3PS4", "LiCoO2", None) == ("Li3PS4", "LiCoO2", None)
    for wrong in (("Li3PS4", None, None), ("a|b", "c", None)):
        with pytest.raises(InputError, match="ssbscreen pair"):
            split_pair(*wrong)


def test_measured_windows(embedded):
    # decomposition of LiCl, LiF and Li2O into the elements: enthalpies of formation over Faraday's constant
    for formula, volts in (("LiCl", 408.6 / 96.485), ("LiF", 616.0 / 96.485)):
        answer = questions.window(formula, embedded)
        assert answer.profile.stability.oxidation_limit[0] == pytest.approx(volts, abs=0.05)
        assert answer.profile.stability.reduction_limit[0] == pytest.approx(0.0, abs=1e-6)
        assert answer.outcome.p_stable[0] == 1.0


def test_air_furnace_and_error_are_told(embedded):
    halide, sulfide, garnet = (
        " ".join(str(part) for part in window_text(questions.window(formula, embedded)))
        for formula in ("Li3YCl6", "Li3PS4", "Li7La3Zr2O12")
    )
    assert "in humid air: unknown: hydrates" in halide  # Li3YCl6 hydrolyses, and no hydrate is in the reference
    assert "how dry a room: no dry room stops it" in sulfide
    assert "vapour in air of half humidity" in garnet
    assert "vapour" not in sulfide
    assert all("each limit errs by 0.16 V" in text for text in (halide, sulfide, garnet))
    assert "its reduction limit errs by 0.21 V" in halide  # YCl3 is 0.18 eV per Cl too stable in the reference
    assert "reduction limit errs" not in sulfide + garnet


def test_a_window_is_told_beside_what_older_work_prints(embedded):
    bromide, chloride, argyrodite = (
        " ".join(str(part) for part in window_text(questions.window(formula, embedded)))
        for formula in ("Li3YBr6", "Li3YCl6", "Li6PS5Br")
    )
    assert "for Br it would be 0.59 to 3.15 V" in bromide  # as printed in 2019
    assert "it would be" not in chloride + argyrodite  # oxidised at sulfur, whose window does not move


@pytest.mark.parametrize("formula", ["Li6PS5Cl", "Li7La3Zr2O12", "Li3YCl6", "Li10GeP2S12", "Li2S", "S", "LiF"])
@pytest.mark.parametrize("offset", [None, -0.2, 0.2])
def test_profiles_are_balanced_and_agree_with_the_window(embedded, formula, offset):
    library = PhaseLibrary(embedded)
    amounts = parse_formula(formula)
    energy = None if offset is None or len(amounts) == 1 else library.path(amounts).hull_energy() + offset
    profile = voltage_profile(formula, library, energy=energy)
    assert profile.steps[0].low == 0.0
    assert profile.steps[-1].high == np.inf
    for left, right in zip(profile.steps, profile.steps[1:], strict=False):
        assert left.high == pytest.approx(right.low)
        assert left.li_exchange > right.li_exchange
    for step in profile.steps:
        assert step.reaction.imbalance() < 1e-6
    voltage = np.linspace(0.0, 6.0, 61)
    released = profile.decomposition_energy(voltage)
    assert (released <= 0.0).all()
    assert (np.diff(np.diff(released)) <= 1e-9).all()  # concave
    assert released[0] == pytest.approx(profile.stability.li_decomposition_energy[0], abs=1e-9)
    inert = [step for step in profile.steps if abs(step.li_exchange) < 1e-4 * sum(amounts.values())]
    if inert and formula != "S":
        assert inert[0].low == pytest.approx(profile.stability.reduction_limit[0], abs=0.02)
        assert inert[0].high == pytest.approx(profile.stability.oxidation_limit[0], abs=0.02)


def test_pair_with_and_without_a_coating(embedded):
    bare = questions.pair("Li3PS4", "LiCoO2", None, embedded)
    assert bare.contacts[0].diagram.reaction_energy < -0.2
    assert bare.coatings == tuple(sorted(bare.coatings, key=lambda c: (-round(c.worst, 4), -c.oxidation_limit)))
    best = bare.coatings[0]
    assert best.worst > min(contact.diagram.reaction_energy for contact in bare.contacts)
    coated = questions.pair("Li3PS4", "LiCoO2", best.formula, embedded)
    assert len(coated.contacts) == 3
    strongest = min(contact.diagram.reaction_energy for contact in coated.contacts)
    assert strongest == pytest.approx(best.worst, abs=1e-9)
    oxide = questions.pair("LLTO", "LFP", None, embedded)
    assert len(oxide.sintering) == 3
    assert not bare.sintering


def strongest(answer):
    diagram = answer.contacts[-1].diagram
    return diagram.reactions[diagram.worst]


@pytest.mark.parametrize("own", ["Li3YCl6", "Li6Y2Cl12", "LiNbO3"])
def test_a_material_stands_not_between_itself_and_a_cathode(embedded, own):
    answer = questions.pair(own, "NMC811", None, embedded)
    keys = {composition_key(parse_formula(row.formula)) for row in (*answer.coatings, *answer.catholytes)}
    assert keys
    assert composition_key(parse_formula(own)) not in keys


def test_a_second_electrolyte_stands_in_the_place_of_a_coating(embedded):
    """Li3InCl6 reacts with Li6PS5Cl, Li3YCl6 less; cells with the first one in the composite fade where both meet.

    Source: Rosenbach and Zeier, MRS Spring Meeting 2024, Visualizing the chemical incompatibility of halide and
    sulfide-based electrolytes.
    """
    indium, yttrium = (
        questions.pair("LPSCl", "NMC811", None, embedded, catholyte=name) for name in ("Li3InCl6", "Li3YCl6")
    )
    between = [answer.contacts[-1].diagram.reaction_energy for answer in (indium, yttrium)]
    assert between[0] == pytest.approx(-0.105, abs=0.03)
    assert between[0] < between[1] - 0.02
    # In2S3 and LiCl, and a sulfide of yttrium, were seen by diffraction, Cha et al., 10.1016/j.jpowsour.2024.235157
    assert {"In2S3", "LiCl"} <= {phase for phase, _ in strongest(indium).products}
    assert any("Y" in phase and "S" in phase for phase, _ in strongest(yttrium).products)
    windows = {formula: (low, high) for formula, low, high in yttrium.windows}
    assert windows["Li3YCl6"][1] > 4.0 > windows["Li6PS5Cl"][1]
    bare = questions.pair("LPSCl", "NMC811", None, embedded)
    assert bare.catholytes[0].worst > min(c.diagram.reaction_energy for c in bare.contacts)
    with pytest.raises(UsageError, match="leave one out"):
        questions.pair("LPSCl", "NMC811", "LiNbO3", embedded, catholyte="Li3YCl6")


def test_coatings_of_a_run(embedded, tmp_path):
    import pandas as pd

    from ssbscreen.query import store

    rows = pd.DataFrame(
        {
            "role": ["coating", "coating", "separator"],
            "formula": ["LiNbO3", "Li3PO4", "LiF"],
            "chemistry_class": ["oxide", "oxide", "halide"],
        }
    )
    write_table(rows, tmp_path / store.RANKING)
    assert questions.run_coatings(tmp_path) == ("LiNbO3", "Li3PO4")
    answer = questions.pair("Li3PS4", "LiCoO2", None, embedded, questions.run_coatings(tmp_path))
    assert {c.formula for c in answer.coatings} <= {"LiNbO3", "Li3PO4"}
    write_table(rows.iloc[2:], tmp_path / store.RANKING)
    with pytest.raises(UsageError, match="--screen coating"):
        questions.run_coatings(tmp_path)


def test_printed_tables_and_pictures(tmp_path):
    shown = run("window", "LGPS", "--reference", "embedded", "--plot", tmp_path / "w.png")
    assert shown.exit_code == 0, shown.output
    assert "Li15Ge4 (yes)" in shown.output  # the conducting product that makes LGPS fail on lithium
    assert "H2S" in shown.output
    assert "Materials Project formation energies" in " ".join(shown.output.split())
    assert (tmp_path / "w.png").read_bytes()[:4] == b"\x89PNG"
    shown = run("pair", "Li6PS5Cl|LFP", "--reference", "embedded", "--plot", tmp_path / "p.svg")
    assert shown.exit_code == 0, shown.output
    assert "half-lithiated Li0.5FePO4" in shown.output
    assert "best of" in shown.output.lower()
    assert (tmp_path / "p.svg").read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["window", "lithium"], InputError),
        (["window", "Li3XeS4", "--reference", "embedded"], InputError),
        (["pair", "Li3PS4"], InputError),
        (["window", "Li"], InputError),
        (["window", "LiF", "--reference", "embedded", "--plot", "x.gif"], UsageError),
        (["pair", "LLZO", "LCO", "--coatings-of", "nowhere"], UsageError),
    ],
)
def test_errors_say_what_to_do(arguments, kind):
    failed = run(*arguments)
    assert isinstance(failed.exception, kind)
    assert len(str(failed.exception)) > 20


def test_questions_load_no_torch():
    import subprocess

    code = (
        "import sys; import ssbscreen.cli.main, ssbscreen.app.questions, ssbscreen.query.answer_figures; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_a_window_tells_where_a_trace_reacts():
    doped = run("window", "Li6.3Cu0.1P0.9S4.9Cl1.1")
    assert "window 1.76 to 2.02 V" in doped.output
    text = " ".join(doped.output.split())
    assert "mean of the first 5% of its lithium; the first trace is" in text
    assert "oxidised above 1.86 V" in text
    assert "trace" not in run("window", "Li6PS5Cl").output


@pytest.mark.parametrize(
    ("material", "said"),
    [("LiCB11H12", "only slowness keeps the compound"), ("Li6SiS5Cl", "charges do not balance"), ("Li3PS4", "")],
)
def test_a_window_without_width_says_why(material, said, embedded):
    """LiCB11H12 is a fast conductor, so it exists; Li7SiS5Cl is what the second one was meant to be."""
    found = " ".join(questions.window(material, embedded).remarks)
    assert said in found
    assert said or not ("slowness" in found or "balance" in found)
