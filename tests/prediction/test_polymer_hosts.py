"""Order and level of polymer hosts with LiTFSI, against published values (review of the physics: P2)."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.prediction.predictor import predict

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
DISSOLVE = {
    "PEO": "*CCO*",
    "PTMC": "*CCCOC(=O)O*",
    "PCL": "*CCCCCC(=O)O*",
    "PAN": "*CC(*)C#N",
    "polysiloxane with ethers": "*O[Si](*)(C)CCCOCCOCCOC",
    "polysiloxane with two combs": "*[Si](OCCOCCOCCOCCOCCOC)(OCCOCCOCCOCCOCCOCCOC)O*",
    "polyoxetane with combs": "*CC(C)(COCCOCCOC)CO*",
    "polymethacrylamide with nitriles": "*CC(C)(C(=O)NC(COCCC#N)(COCCC#N)COCCC#N)*",
}
INSULATE = {
    "PE": "*CC*",
    "PTFE": "*C(F)(F)C(*)(F)F",
    "PDMS": "*O[Si](*)(C)C",
    "PVDF": "*CC(*)(F)F",
    "PVC": "*CC(*)Cl",
    "polystyrene": "*CC(*)c1ccccc1",
    "perfluoropolyether": "*OC(F)(F)C(F)(F)OC(F)(F)*",
}
PUBLISHED = (  # host, degree C, S/cm, where it was read
    ("PEO", 60.0, 1.4e-4, "PMC9523710, table 2"),
    ("PTMC", 60.0, 6.9e-7, "ChemArr, 368 kg/mol, 1.22 mol/kg"),
    ("PTMC", 25.0, 3.2e-9, "ChemArr, 368 kg/mol, 1.22 mol/kg"),
    ("polysiloxane with two combs", 25.0, 3.0e-4, "data/literature/electrolytes.csv"),
    ("polyoxetane with combs", 25.0, 3.7e-5, "https://jelectrochem.xmu.edu.cn/journal/vol12/iss1/6/"),
    ("polyoxetane with combs", 80.0, 3.6e-4, "https://jelectrochem.xmu.edu.cn/journal/vol12/iss1/6/"),
    ("polymethacrylamide with nitriles", 20.0, 1.06e-6, "Nakano et al., Solid State Ionics 286, 1 (2016)"),
    ("polymethacrylamide with nitriles", 70.0, 1.2e-4, "Nakano et al., Solid State Ionics 286, 1 (2016)"),
    ("perfluoropolyether", 60.0, 1.55e-11, "PMC11137829"),
)


def formulation(name, smiles, temperature, molality=1.135):
    return Candidate(name, None, polymer=Polymer(smiles, LITFSI, molality, 100_000.0), temperature_c=temperature)


def predicted(candidates):
    return predict(candidates, ["ionic_conductivity"]).by_property["ionic_conductivity"]


@pytest.mark.parametrize("temperature", [25.0, 60.0])
@pytest.mark.parametrize("molality", [1.0, 1.3])
def test_hosts_with_donors_lie_decades_above_those_without(temperature, molality):
    hosts = [*DISSOLVE.items(), *INSULATE.items()]
    found = predicted([formulation(name, smiles, temperature, molality) for name, smiles in hosts])
    assert found.mean[: len(DISSOLVE)].min() > found.mean[len(DISSOLVE) :].max() + 3.0


@pytest.mark.parametrize("temperature", [25.0, 60.0])
def test_ethers_conduct_better_than_carbonates_and_nitriles(temperature):
    names = ("PEO", "polysiloxane with ethers", "PTMC", "PAN")
    peo, siloxane, ptmc, pan = predicted([formulation(n, DISSOLVE[n], temperature) for n in names]).mean
    assert min(peo, siloxane) > max(ptmc, pan) + 1.0


def test_published_values_lie_in_the_intervals():
    every = {**DISSOLVE, **INSULATE}
    found = predicted([formulation(name, every[name], at) for name, at, _, _ in PUBLISHED])
    truth = np.log10([value for _, _, value, _ in PUBLISHED])
    assert ((found.lower <= truth) & (truth <= found.upper)).all()
    assert np.median(np.abs(found.mean - truth)) < 1.3
    assert spearmanr(found.mean, truth).statistic > 0.8
