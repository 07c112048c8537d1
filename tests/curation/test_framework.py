"""No energy of a held-out framework may slip into a training, however its formula is written."""

from types import SimpleNamespace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.curation.framework import forbidden_energies, framework_chemsys


@pytest.mark.parametrize(
    "text", ["LiFePO4", "FePO4", "Li3Fe2(PO4)3", "Li0.5Fe4P4O16", "P4O16Fe4Li2", "Fe2+P5+O2-", "FeP"]
)
def test_one_framework_many_ways(text):
    if "+" in text:
        composition = Composition({"Fe2+": 1, "P5+": 1, "O2-": 4, "Li+": 1})
    else:
        composition = Composition(text)
    assert framework_chemsys(composition) == ("Fe-P" if text == "FeP" else "Fe-O-P")


def test_lithium_alone_has_no_framework():
    assert framework_chemsys(Composition("Li")) == ""


PLANTED = {  # id: composition of a structure whose energy tells about the held-out framework
    "same": "LiFePO4",
    "supercell": "Li8Fe8P8O32",
    "delithiated": "FePO4",
    "overlithiated": "Li2FePO4",
    "another ratio": "Li3Fe2P3O12",
    "written otherwise": "O4PFeLi0.33",
}
INNOCENT = {"sodium": "NaFePO4", "oxide": "Fe2O3", "other metal": "LiMnPO4", "lithium": "Li"}


def test_planted_energies_are_all_found_and_nothing_else():
    named = PLANTED | INNOCENT
    mask = forbidden_energies([Composition(formula) for formula in named.values()], {"P-O-Fe"})
    assert [name for name, is_bad in zip(named, mask, strict=True) if is_bad] == [*PLANTED]


def test_masks_follow_the_order_and_pass_polymers():
    mask = forbidden_energies([Composition("LiCoO2"), None, Composition("NaCoO2")], ["Co-O"])
    assert np.array_equal(mask, [True, False, False])


def test_no_fold_of_the_electrode_models_learns_an_energy_of_a_framework_held_out(mirror):
    from ssbscreen.app.train import load_start, load_training_data
    from ssbscreen.training.config import load_model_config
    from ssbscreen.training.cross_validation import CrossValidation
    from ssbscreen.training.rows import EncodedRows

    asked = {"architecture": "forest", "options": {"features": "fractions"}}  # the same folds without graphs
    config = load_model_config("electrode_process").model_copy(update=asked)
    energies, _ = load_start(load_model_config("electrode"))
    table = EncodedRows.of(config, load_training_data(config).dataset)
    crystals = energies.dataset.candidates
    systems_of = [framework_chemsys(c.composition) for c in crystals]
    energies.__dict__["table"] = SimpleNamespace(candidates=crystals)  # whose graphs need not be built
    for split in CrossValidation(config.split, table.groups).parts():
        learned = [table.candidates[i] for i in split.known]
        held_out = [table.candidates[i] for i in split.test]
        rows = energies.allowed(learned, held_out)
        assert 30_000 < len(rows) < 40_000
        systems = {framework_chemsys(c.composition) for c in held_out}
        assert not systems & {systems_of[i] for i in rows}


def test_the_electrode_models_learn_from_no_voltage_of_a_framework_held_out(mirror):
    from ssbscreen.curation.splits import grouped_kfold
    from ssbscreen.sources.electrodes import SOURCE
    from ssbscreen.training.config import load_model_config
    from ssbscreen.training.rows import group_labels

    found = SOURCE.load()
    systems_by_id = {c.candidate_id: framework_chemsys(c.composition) for c in found.candidates}
    for name in ("electrode", "electrode_framework"):
        config = load_model_config(name)
        assert config.sources == ("electrodes",)
        assert config.split.group == "framework_chemsys"
        used = [m for m in found.measurements if m.property in config.properties]
        systems_of = np.array([m.groups["framework_chemsys"] for m in used])
        labels = group_labels(config.split, {"framework_chemsys": systems_of})
        for train, test in grouped_kfold(labels, config.split.folds, config.split.seed):
            assert not {systems_by_id[used[i].candidate_id] for i in test} & {
                systems_by_id[used[i].candidate_id] for i in train
            }
