"""Hosts that are known to dissolve lithium salts, and hosts that are known not to."""

import pytest

from ssbscreen.core.candidate import Polymer
from ssbscreen.featurize.polymer_solvation import dissolved_share, donors, holds_lithium
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
DISSOLVE = {
    "poly(ethylene oxide)": "*CCO*",
    "poly(propylene oxide)": "*CC(C)O*",
    "poly(trimethylene carbonate)": "*CCCOC(=O)O*",
    "polycaprolactone": "*CCCCCC(=O)O*",
    "polyacrylonitrile": "*CC(*)C#N",
    "poly(methyl methacrylate)": "*CC(*)(C)C(=O)OC",
    "polyphosphazene with ethers": "*N=P(*)(OCCOCCOC)OCCOCCOC",
    "polysiloxane with ethers": "*O[Si](*)(C)CCCOCCOCCOC",
    "linear polyethylenimine": "*CCN*",
}
INSULATE = {
    "polyethylene": "*CC*",
    "polypropylene": "*CC(*)C",
    "polystyrene": "*CC(*)c1ccccc1",
    "poly(tetrafluoroethylene)": "*C(F)(F)C(*)(F)F",
    "poly(vinylidene fluoride)": "*CC(*)(F)F",
    "polydimethylsiloxane": "*O[Si](*)(C)C",
    "perfluoropolyether": "*OC(F)(F)C(*)(F)F",
}


@pytest.mark.parametrize("smiles", DISSOLVE.values(), ids=DISSOLVE.keys())
def test_hosts_with_donors_dissolve_the_salt(smiles):
    assert dissolved_share(Polymer(smiles, LITFSI, 1.26)) == 1.0


@pytest.mark.parametrize("smiles", INSULATE.values(), ids=INSULATE.keys())
def test_hosts_without_donors_dissolve_none(smiles):
    assert dissolved_share(Polymer(smiles, LITFSI, 1.26)) == 0.0


def test_donors_of_poly_ethylene_oxide_are_its_oxygens():
    assert donors("*CCO*") == pytest.approx(1000 / 44.05, rel=0.01)  # one oxygen in 44 g/mol
    assert donors("*OCC*") == donors("*CCO*")


def test_too_much_salt_for_few_donors():
    """An ether at every fiftieth carbon holds a tenth of what 3 mol/kg ask for."""
    few = dissolved_share(Polymer("*" + "C" * 50 + "O*", LITFSI, 3.0))
    assert 0.1 < few < 0.5
    assert few == pytest.approx(0.5 * dissolved_share(Polymer("*" + "C" * 50 + "O*", LITFSI, 1.5)))


def test_a_polymer_in_salt_asks_for_no_more_donors_than_its_polymer_could_give():
    host = "*CCC[Si](*)(CCC1COC(=O)O1)CCC1COC(=O)O1"  # measured at 26.6 mol/kg: 5.7e-5 S/cm
    assert dissolved_share(Polymer(host, LITFSI, 26.63)) == 1.0


def test_single_ion_conductors_need_no_salt():
    assert dissolved_share(Polymer("*CC(*)c1ccc(cc1)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F", "", None)) == 1.0


def test_ends_of_an_oligomer_may_dissolve_what_its_chain_does_not():
    """Measured in ChemArr: perfluoropolyether of 1.8 kg/mol with 0.47 mol/kg, 8e-7 S/cm; a long chain insulates."""
    chain = "*OC(F)(F)C(*)(F)F"
    assert dissolved_share(Polymer(chain, LITFSI, 0.467, 1820.0)) == 1.0
    assert dissolved_share(Polymer(chain, LITFSI, 0.467, 100_000.0)) < 0.03


@pytest.mark.parametrize("salt", ["[Li+].[F-]", "[Li+].[OH-]", "[Li+].[Li+].[O-]C(=O)[O-]", "[Li+].[Li+].[S-2]"])
def test_salts_of_the_passivating_layer_on_lithium_do_not_dissolve(salt):
    """LiF, LiOH, Li2CO3 and Li2S stay as solids in ethers: they are what the layer on lithium is made of."""
    assert dissolved_share(Polymer("*CCO*", salt, 1.0)) == 0.0


def test_every_salt_of_a_measured_film_dissolves():
    salts = [row["smiles"] for row in csv_rows(data_dir() / "polymers" / "salts.csv")]
    assert len(salts) > 5
    assert not any(map(holds_lithium, [*salts, "[Li+].[Cl-]", "[Li+].[Br-]", "[Li+].[S-]C#N", LITFSI]))
    # dilithium hexafluoroglutarate, measured in ChemArr
    assert not holds_lithium("O=C([O-])C(F)(F)C(F)(F)C(F)(F)C(=O)[O-].[Li+].[Li+]")
