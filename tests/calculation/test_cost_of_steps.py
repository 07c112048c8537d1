"""What a step cost stands in the account, that of phonons too."""

import time

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from ssbscreen.calculation.phonons import phonons
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.calculation.refined_values import account_table, funnel_table
from ssbscreen.calculation.refinement import Leader, Refined
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal

pytest.importorskip("phonopy", reason="the extra 'foundation' is not installed")


def test_phonons_cost_what_their_processor_time_is():
    atoms = bulk("Cu", a=3.59)
    crystal = Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)
    begin = time.process_time()
    found = phonons(crystal, EMT(), min_length=5.0)
    spent = time.process_time() - begin
    assert 0.5 * spent < found.seconds <= spent
    leader = Leader(Candidate("copper", crystal=crystal, composition=crystal.composition), 1)
    account = account_table([Refined(leader, {"phonons": found})], load_refine_settings())
    assert account["core_hours"].tolist() == [found.seconds / 3600.0]
    assert funnel_table(account, ["phonons"])["core_hours"].tolist() == [found.seconds / 3600.0]
