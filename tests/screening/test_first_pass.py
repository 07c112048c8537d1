"""A small pool through a first pass: nothing lost, the pipeline's own ranking, the same bytes however it was made."""

import csv
import itertools
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from run_folders import forked, make_light, quiet, settings

from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.engine import workers
from ssbscreen.engine.workers import Workers
from ssbscreen.query.store import FIRST_PASS, RunFolder
from ssbscreen.screening.large_pools import first_choice, first_pass, student
from ssbscreen.screening.screen import run_screen

MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")  # as given
METALS = ("Al", "Ge", "Si", "P", "Zr", "La", "Y", "In", "Sn", "Mg", "Ta", "Sc")
ANIONS = (("O", 2), ("S", 2), ("Cl", 1), ("Br", 1))
CHARGE = {"Al": 3, "Ge": 4, "Si": 4, "P": 5, "Zr": 4, "La": 3, "Y": 3, "In": 3, "Sn": 4, "Mg": 2, "Ta": 5, "Sc": 3}
LITFSI = "[Li+].[N-](S(=O)(=O)C(F)(F)F)S(=O)(=O)C(F)(F)F"
HEADER = ("candidate_id", "composition", "smiles", "salt_smiles")
N_BEST, N_SAMPLE = 12, 40


@pytest.fixture(scope="module", autouse=True)
def _light():
    with pytest.MonkeyPatch.context() as patch:
        if MIRROR:
            patch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)
        make_light(patch.setattr)
        patch.setattr(first_choice, "LEAST_OF_A_KIND", 3)
        patch.setattr(student, "_LEAST", 8)
        yield


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Balanced formulas, polymers, rows that fail gates, bad rows, ids given twice in parts far from each other."""
    rows = []
    for (metal, (anion, charge)), n in itertools.product(itertools.product(METALS, ANIONS), (1, 2, 3)):
        total = n * charge + CHARGE[metal]
        lithium = n * charge
        rows.append((f"{metal}{anion}{n}", f"Li{lithium}{metal}{anion}{total // charge}" if total % charge == 0 else
                     f"Li{lithium * 2}{metal}2{anion}{2 * total // charge}", ""))  # fmt: skip
    rows += [(f"chain{i}", "", f"*{'C' * i}O*", LITFSI) for i in range(1, 9)]
    rows += [("sodium", "Na3PS4", ""), ("precursor", "Li2S", ""), ("bad", "no formula", "")]
    rows += [("AlO1", "Li3PS4", ""), ("known", "Li7La3Zr2O12", "")]
    path = tmp_path_factory.mktemp("inputs") / "pool.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return path


def asked(**more):
    return settings(first_pass=N_BEST, first_pass_sample=N_SAMPLE, **more).model_copy(update={"shard_size": 10})


@pytest.fixture(scope="module")
def run(inputs, tmp_path_factory):
    return run_screen(asked(), [str(inputs)], tmp_path_factory.mktemp("run") / "run", quiet)


@pytest.fixture(scope="module")
def table(run):
    return pd.read_parquet(run.run.path / FIRST_PASS)


def tables(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in (".parquet", ".csv")}


def test_every_row_is_counted_once(run, table, inputs):
    n_rows = len(inputs.read_text().splitlines()) - 1
    counts = run.counts
    assert len(table) == n_rows - 1  # one cannot be read
    assert counts["read"] + counts["rejected"] == n_rows
    assert counts["rejected"] == 2
    went = table["outcome"].str.startswith("went on").sum()
    assert counts["passed the gates"] == went + counts["left at the first pass"] == counts["read"] - 2
    assert counts["eligible"] == went
    assert counts["left at the first pass"] > N_BEST
    rejected = run.run.rejected()
    assert sorted(rejected["input"]) == ["AlO1", "pool.csv: line 156 (bad)", "precursor", "sodium"]
    attrition = run.run.attrition()
    assert attrition["n_in"].iloc[0] == counts["read"]
    assert attrition["gate"].iloc[-1] == first_pass.KEY
    assert attrition["n_removed"].iloc[-1] == counts["left at the first pass"]
    assert (attrition["n_in"] - attrition["n_removed"] == attrition["n_left"]).all()
    assert set(attrition["examples"].iloc[-1].split(", ")) <= set(table["candidate_id"])
    assert attrition.loc[attrition["gate"] == "lithium", "examples"].tolist() == ["sodium"]


def test_those_that_went_on_are_the_best_by_their_bound(table):
    bound = np.log(table["estimate"]) + first_choice.WIDTH * table["error"]
    best = table["outcome"].eq(first_choice.WORDS[first_choice.Outcome.BEST])
    left = table["outcome"].eq(first_choice.WORDS[first_choice.Outcome.LEFT])
    assert best.sum() == N_BEST
    assert bound[left].max() <= bound[best].fillna(np.inf).min() + 1e-5
    eligible = table["place"].notna()
    assert sorted(table.loc[eligible, "place"]) == list(range(1, int(eligible.sum()) + 1))


def test_the_student_learned_each_score_with_its_own_descriptors(run, table):
    """A forest with leaves of two rows nearly repeats what it was shown."""
    sample = table[table["outcome"].eq(first_choice.WORDS[first_choice.Outcome.SAMPLE])].set_index("candidate_id")
    truth = run.run.ranking().set_index("candidate_id")["score"].reindex(sample.index)
    assert sample["estimate"].corr(truth, method="spearman") > 0.9


def test_the_ranking_is_that_of_the_pipeline_on_those_that_went_on(run, table, inputs, tmp_path):
    went = table[table["outcome"].str.startswith("went on")]
    is_sample = went["outcome"].eq(first_choice.WORDS[first_choice.Outcome.SAMPLE])
    rows = {row["candidate_id"]: row for row in reversed(list(csv.DictReader(inputs.open())))}
    order = [*went.loc[is_sample, "candidate_id"], *went.loc[~is_sample, "candidate_id"]]
    own = tmp_path / "pool.csv"
    with own.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER)
        writer.writeheader()
        writer.writerows(rows[name] for name in order)
    plain = settings().model_copy(update={"shard_size": 10})
    whole = run_screen(plain, [str(own)], tmp_path / "run", quiet).run
    pd.testing.assert_frame_equal(whole.ranking(), run.run.ranking())


def test_what_was_measured_goes_on(inputs, tmp_path):
    found = run_screen(asked().model_copy(update={"evidence": "best"}), [str(inputs)], tmp_path / "run", quiet)
    table = pd.read_parquet(found.run.path / FIRST_PASS).set_index("candidate_id")
    assert table.loc["known", "is_measured"]
    assert (~table.loc[table["is_measured"], "outcome"].str.startswith("left")).all()


@pytest.mark.parametrize(("n", "is_forked"), [(2, False), (3, True)])
def test_workers_change_no_byte(run, inputs, tmp_path, monkeypatch, n, is_forked):
    if is_forked:
        monkeypatch.setattr(workers, "_on_this_machine", forked)
    out = tmp_path / "run"
    run_screen(asked(), [str(inputs)], out, quiet, workers=Workers(n))
    assert tables(out) == tables(run.run.path)


class Stopped(Exception):
    """In place of a kill."""


def test_a_run_that_was_stopped_goes_on_with_the_same_bytes(run, inputs, tmp_path):
    """Stopped ever later, in every stage; benchmarks/kill_runs.py kills processes."""
    out, stages = tmp_path / "run", []

    def stopping(after):
        left = itertools.count(after, -1)

        def stops(stage, done, total):
            if next(left) == 0:
                stages.append(stage)
                raise Stopped

        return stops

    for after in itertools.count(1, 4):
        try:
            run_screen(asked(), [str(inputs)], out, stopping(after))
            break
        except Stopped:
            continue
    assert {"first pass: read", "predict", "phase diagrams", "first pass: estimate"} <= set(stages)
    assert tables(out) == tables(run.run.path)


def test_a_pool_that_is_small_goes_on_whole(inputs, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("\n".join(inputs.read_text().splitlines()[: N_BEST + 1]) + "\n")
    found = run_screen(asked(), [str(few)], tmp_path / "run", quiet)
    assert found.counts["left at the first pass"] == 0
    table = RunFolder(tmp_path / "run").ranking()
    assert len(table) == found.counts["passed the gates"]


def test_nothing_that_can_be_screened(tmp_path):
    (tmp_path / "a.csv").write_text("candidate_id,composition\na,Na3PS4\n")
    with pytest.raises(InputError, match="None of 1 candidates"):
        run_screen(asked(), [str(tmp_path / "a.csv")], tmp_path / "run", quiet)
    with pytest.raises(UsageError, match="no file"):
        run_screen(asked(), ["nowhere.csv"], tmp_path / "run", quiet)
    shutil.rmtree(tmp_path / "run")
