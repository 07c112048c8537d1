"""A run folder holds one run, whole: finished ones are known again, changed ones refused, killed ones completed."""

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_folders import Server, make_light, quiet, settings, write_inputs

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.engine.jobs import Job
from ssbscreen.files import code_version
from ssbscreen.query import finished_run
from ssbscreen.query.finished_run import MARK, UNFINISHED
from ssbscreen.query.last_run import last_run, note
from ssbscreen.query.store import RANKING, open_run
from ssbscreen.screening import predict as predicting
from ssbscreen.screening import report, screen, stages
from ssbscreen.screening.finished import known_run
from ssbscreen.screening.identity import differences, identity_of
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.settings import make_plan
from ssbscreen.screening.shards import FOLDER, PREDICT, about, give_candidates, pool_fingerprint

MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")  # as given
MAY_DIFFER = (".lock", MARK, "config.yaml", "report.html", "report.md", "report.json")  # with its time


@pytest.fixture(scope="module", autouse=True)
def _light():
    with pytest.MonkeyPatch.context() as patch:
        if MIRROR:  # before the first screen, also where a sandbox of other tests has hidden it
            patch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)
        make_light(patch.setattr)
        yield


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def once(tmp_path_factory, table):
    """An undisturbed run."""
    out = tmp_path_factory.mktemp("once") / "run"
    run_screen(settings(), [str(table)], out, quiet)
    return out


@pytest.fixture
def run(once, tmp_path):
    """A copy of it that may be spoiled."""
    return shutil.copytree(once, tmp_path / "run")


@pytest.fixture
def asked(monkeypatch):
    """Sizes of the shards that were predicted."""
    sizes, real = [], predicting.predict

    def counted(candidates, *given, **options):
        sizes.append(len(candidates))
        return real(candidates, *given, **options)

    monkeypatch.setattr(predicting, "predict", counted)
    return sizes


def tables(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name not in MAY_DIFFER}


def test_a_finished_run_is_finished(run, table, asked):
    before = {p.name: p.stat().st_mtime_ns for p in run.iterdir()}
    again = run_screen(settings(), [str(table)], run, quiet)
    assert not again.is_new
    assert asked == []
    assert {p.name: p.stat().st_mtime_ns for p in run.iterdir()} == before
    assert again.counts["read"] == 7
    assert again.n_ranked == int(again.run.ranking()["rank"].notna().sum())
    assert known_run(make_plan(settings(), [str(table)], run, quiet)).counts == again.counts


def test_a_changed_run_is_refused_with_what_changed(run, table):
    before = tables(run)
    with pytest.raises(UsageError, match="seed was 0 and is 3") as refused:
        run_screen(settings(seed=3), [str(table)], run, quiet)
    assert "--force" in str(refused.value)
    assert "--out" in str(refused.value)
    assert tables(run) == before
    assert known_run(make_plan(settings(seed=3), [str(table)], run, quiet), is_forced=True) is None


def test_a_run_of_an_older_version_is_not_replaced_unasked(run, table):
    (run / MARK).unlink()
    with pytest.raises(UsageError, match="earlier version"):
        run_screen(settings(), [str(table)], run, quiet)
    assert open_run(run, run).ranking(["rank"]).shape[0] == 6


def change_table(plan, patch):
    Path(plan.inputs[0]).write_text(Path(plan.inputs[0]).read_text() + "new,Li3ErCl6,\n")


def change_structure(plan, patch):
    path = Path(plan.inputs[0]).parent / "lif.cif"
    path.write_text(path.read_text().replace("4.03", "4.04"))


def change_code(plan, patch):
    patch.setattr(code_version, "code_version", lambda: "0.2.1 (abc)")


def change_settings_file(plan, patch):
    patch.setattr(code_version, "settings_version", lambda: "abc")


def change_models(plan, patch):
    from ssbscreen.files.paths import models_dir

    patch.setenv("SSBSCREEN_MODELS", str(models_dir()))
    cards = identity_of(plan)
    from ssbscreen.screening import identity

    real = identity.active_models()
    patch.setattr(
        identity, "active_models", lambda: [(p, c.model_copy(update={"weights_sha256": "0" * 64})) for p, c in real]
    )
    assert cards != identity_of(plan)


def change_measurements(plan, patch):
    from ssbscreen.files.user_state import measurements_dir

    folder = Path(plan.inputs[0]).parent
    patch.setenv("SSBSCREEN_HOME", str(folder))
    measurements_dir().mkdir()
    (measurements_dir() / "current").write_text("v0001")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_table, "candidates was candidates.csv"),
        (change_structure, "candidates was candidates.csv"),
        (change_code, "code was"),
        (change_settings_file, "configs/ was"),
        (change_models, "model conductivity was"),
        (change_measurements, "imported measurements was"),
    ],
)
def test_whatever_a_run_depends_on_is_part_of_its_identity(tmp_path, monkeypatch, change, named):
    plan = make_plan(settings(), [str(write_inputs(tmp_path))], tmp_path / "run", quiet)
    before = identity_of(plan)
    assert differences(before, identity_of(plan)) == ()
    change(plan, monkeypatch)
    assert named in "; ".join(differences(before, identity_of(plan)))


def test_every_data_set_that_counts_as_evidence_is_part_of_the_identity():
    from ssbscreen.screening.evidence.reported import FETCHED
    from ssbscreen.screening.identity import EVIDENCE

    assert tuple(source.dataset for source in FETCHED) == EVIDENCE


def test_the_code_and_shipped_files_have_fingerprints(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = code_version.digest_of([tmp_path])
    assert code_version.digest_of([tmp_path]) == first
    (tmp_path / "a.py").write_text("2")
    assert code_version.digest_of([tmp_path]) != first
    assert len({code_version.code_version(), code_version.settings_version(), code_version.starter_data_version()}) == 3


CELL = Crystal.ordered(np.eye(3) * 4.0, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([3, 9]))
BASE = Candidate("a", crystal=CELL)
OTHERS = {
    "species swapped": replace(BASE, crystal=replace(CELL, occupant_z=CELL.occupant_z[::-1].copy())),
    "occupancy": replace(BASE, crystal=replace(CELL, occupancy=np.array([1.0, 0.999999999]))),
    "occupants on other sites": replace(BASE, crystal=replace(CELL, occupant_site=np.array([0, 0]))),
    "lattice": replace(BASE, crystal=replace(CELL, lattice=np.eye(3) * 4.0000001)),
    "temperature": replace(BASE, temperature_c=60.0),
    "space group": replace(BASE, space_group=221),
    "charged end": replace(BASE, charged=CELL),
    "doubt": replace(BASE, doubt="a vacuum"),
    "polymer": Candidate("a", polymer=Polymer("*CCO*", None, 1.0, None)),
    "molality": Candidate("a", polymer=Polymer("*CCO*", None, 1.1, None)),
    "known": replace(BASE, is_known=True),
}


def test_the_fingerprint_of_a_pool_sees_everything():
    found = {name: pool_fingerprint([candidate]) for name, candidate in OTHERS.items()}
    found["base"] = pool_fingerprint([BASE])
    assert len(set(found.values())) == len(found)
    assert pool_fingerprint([Candidate("a", crystal=CELL)]) == found["base"]
    other = replace(BASE, candidate_id="b")
    assert pool_fingerprint([BASE, other]) != pool_fingerprint([other, BASE])


def test_code_models_and_input_are_part_of_a_shard(tmp_path, monkeypatch):
    def printed(candidates):
        given = give_candidates(tmp_path, candidates, 10)
        return Job(tmp_path, PREDICT, about(settings()), {PREDICT: given}).fingerprint(0)

    first = printed([BASE])
    assert printed([BASE]) == first
    others = [printed([other]) for other in OTHERS.values()]
    assert len({first, *others}) == len(OTHERS) + 1
    monkeypatch.setattr(code_version, "code_version", lambda: "other")
    assert printed([BASE]) not in {first, *others}


@pytest.fixture(scope="module")
def stopped(once, table, tmp_path_factory):
    """A run that stopped after its predictions."""
    out = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "hulls_in_shards", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_screen(settings(), [str(table)], out, quiet)
    return out


@pytest.fixture
def begun(stopped, tmp_path):
    """A copy of it that may be spoiled and resumed."""
    return shutil.copytree(stopped, tmp_path / "begun")


def cut(shards):
    shards[0].write_bytes(shards[0].read_bytes()[:-200])


def empty(shards):
    shards[0].write_bytes(b"")


def swap(shards):
    first, second = shards[0].read_bytes(), shards[1].read_bytes()
    shards[0].write_bytes(second)
    shards[1].write_bytes(first)


def flip(shards):
    content = bytearray(shards[0].read_bytes())
    content[len(content) // 2] ^= 1
    shards[0].write_bytes(bytes(content))


@pytest.mark.parametrize(("spoil", "n_again"), [(cut, 1), (empty, 1), (swap, 2), (flip, 1)])
def test_a_spoilt_shard_is_predicted_again_with_a_sentence(begun, once, table, asked, caplog, spoil, n_again):
    shards = sorted((begun / FOLDER).glob("*.predict.done"))
    assert len(shards) == 3
    spoil(shards)
    caplog.set_level("INFO", logger="ssbscreen")
    run_screen(settings(), [str(table)], begun, quiet)
    assert len(asked) == n_again
    said = [record.message for record in caplog.records if "made again" in record.message]
    assert len(said) == n_again
    assert all(str(shards[0].parent) in line and "\n" not in line for line in said)
    assert tables(begun) == tables(once)


def test_a_changed_resume_says_what_changed_and_starts_anew(begun, table, asked, caplog):
    run_screen(settings(profile="consumer"), [str(table)], begun, quiet)
    assert len(asked) == 3
    assert "is made anew: profile was ev and is" in caplog.text
    assert not (begun / UNFINISHED).exists()


def test_a_run_stopped_while_it_is_put_in_place_is_never_a_mixture(run, table, monkeypatch, tmp_path, asked):
    """Every step of the publishing fails once; readers find the old run, none, or the new one."""
    old, new = tables(run), None
    steps = 0
    while new is None:
        steps += 1
        out = shutil.copytree(run, tmp_path / f"step{steps}")
        staged = out / finished_run.STAGED
        shutil.copytree(run, staged, ignore=shutil.ignore_patterns(".lock"))
        for path in staged.glob("*.csv"):
            path.write_text(path.read_text() + "\n")
        finished_run.write_mark(staged, {"seed": "1"}, {"ranked": 1}, "now")
        fresh, left, real = tables(staged), [steps], os.replace

        def dies(source, target, left=left, real=real):
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            real(source, target)

        monkeypatch.setattr(finished_run.os, "replace", dies)
        try:
            finished_run.publish(out)
            new = tables(out)
        except KeyboardInterrupt:
            with pytest.raises(UsageError, match="stopped at its end"):
                open_run(out, out)
        monkeypatch.setattr(finished_run.os, "replace", real)
        if new is None:
            finished_run.publish(out)
        assert tables(out) == fresh != old
        open_run(out, out)
    assert steps == len(list(run.iterdir()))  # every file but the lock moved, and one call without a stop


def test_a_damaged_run_is_said_in_a_sentence_and_made_again(run, once, table, caplog):
    ranking = run / RANKING
    ranking.write_bytes(ranking.read_bytes()[:1000])
    with pytest.raises(IntegrityError, match=r"has 1000 bytes.*--force"):
        open_run(run, run)
    with pytest.raises(UsageError, match="seed was 0 and is 3"):
        run_screen(settings(seed=3), [str(table)], run, quiet)
    assert run_screen(settings(), [str(table)], run, quiet).is_new
    assert "has 1000 bytes" in caplog.text
    assert tables(run) == tables(once)


def test_a_table_of_the_right_size_that_is_no_table_is_said_in_a_sentence(run):
    ranking = run / RANKING
    ranking.write_bytes(bytes(ranking.stat().st_size))
    with pytest.raises(IntegrityError, match="cannot be read") as said:
        open_run(run, run).ranking()
    assert "\n" not in str(said.value)


def test_no_room_at_any_write_leaves_the_finished_run_and_the_work(run, table, monkeypatch, tmp_path):
    """Tables are written aside; whichever of them finds the disk full, the run of before is read on."""
    from ssbscreen.files import writing

    captured, before = {}, tables(run)
    for name in ("write_tables", "write_page"):
        real = getattr(screen, name)
        monkeypatch.setattr(screen, name, lambda *given, n=name, f=real: captured.update({n: given}) or f(*given))
    run_screen(settings(seed=1), [str(table)], tmp_path / "other", quiet)
    (plan, results), (_, identity, counts) = captured["write_tables"], captured["write_page"]
    plan, fsync, failed, n = replace(plan, out=run), os.fsync, [], 0
    while True:
        n += 1
        left = [n]

        def full(handle, left=left):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(handle)

        monkeypatch.setattr(writing.os, "fsync", full)
        try:
            report.write_tables(plan, results)
            report.write_page(plan, identity, counts)
            break
        except OSError as error:
            failed.append(error)
        assert tables(run) == before
        open_run(run, run)
    assert len(failed) == len(before) + 3  # its tables, the configuration, the page and the mark
    assert all(error.errno == errno.ENOSPC and Path(error.filename).is_relative_to(run) for error in failed)
    assert open_run(run, run).config()["settings"]["seed"] == 1


def test_the_last_run_is_found_wherever_it_is(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(here)
    assert last_run(Path("runs")) is None
    note(run)
    assert last_run(Path("runs")) == run
    monkeypatch.chdir(elsewhere)
    assert last_run(Path("runs")) == run  # the only one of this user
    other = shutil.copytree(run, elsewhere / "runs" / "other")
    note(other)
    assert last_run(Path("runs")) == other
    monkeypatch.chdir(here)
    assert last_run(Path("runs")) == run  # the last one of this folder
    (tmp_path / "home" / "last_runs.json").write_text("{")
    assert last_run(Path("runs")) is None
    shutil.rmtree(run)
    monkeypatch.chdir(elsewhere)
    assert last_run(Path("runs")) == other  # `latest` beside it


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process = Server(tmp_path_factory.mktemp("server"))
    yield process
    process.close()


def killed_and_resumed(server, table, once, out, n_kills, seed=7, workers=1):
    """Kill a run at random file operations, start it again after each, and compare the result byte by byte.

    With several workers, whichever of them comes to that number of operations is killed; the others go on.
    """
    dice = np.random.default_rng(seed)
    calm = out.with_name("calm")
    assert server.call(table, calm) == 0, server.errors.read_text()
    n_touched = int(Path(f"{calm}.touched").read_text())
    assert tables(calm) == tables(once)
    n_killed = 0
    for _ in range(n_kills):
        shutil.rmtree(out, ignore_errors=True)
        at = int(dice.integers(1, n_touched + 1))
        code = server.call(table, out, "touch", at, workers=workers)
        n_killed += code == -9
        assert code in (0, -9), server.errors.read_text()
        if (out / MARK).is_file():
            open_run(out, out)
        assert server.call(table, out, workers=workers) == 0, server.errors.read_text()
        assert tables(out) == tables(once), at
        assert not (out / UNFINISHED).exists()
        assert not [p.name for p in out.iterdir() if p.name.startswith(".") and p.name != ".lock"]
    assert n_killed == n_kills or workers > 1


def test_killed_anywhere_a_run_completes_to_the_same_bytes(server, table, once, tmp_path):
    killed_and_resumed(server, table, once, tmp_path / "run", 2)


@pytest.mark.parametrize("n", [2, 3])
def test_the_number_of_workers_changes_no_byte(server, table, once, tmp_path, n):
    out = tmp_path / "run"
    assert server.call(table, out, workers=n) == 0, server.errors.read_text()
    assert tables(out) == tables(once)
    assert not (out / UNFINISHED).exists()


@pytest.mark.slow
def test_killed_twenty_times_two_workers_complete_to_the_same_bytes(server, table, once, tmp_path):
    killed_and_resumed(server, table, once, tmp_path / "run", 20, seed=5, workers=2)


@pytest.mark.slow
def test_killed_twenty_times_a_run_completes_to_the_same_bytes(server, table, once, tmp_path):
    killed_and_resumed(server, table, once, tmp_path / "run", 20, seed=11)


def test_killed_over_a_finished_run_old_and_new_never_mix(server, table, once, run, tmp_path):
    """--force over a finished run: until the new one is whole the old one is read."""
    other = tmp_path / "other"
    assert server.call(table, other, seed=1) == 0
    n_touched, new, old = int(Path(f"{other}.touched").read_text()), tables(other), tables(once)
    assert server.call(table, run, "touch", n_touched - 12, seed=1, force=True) == -9
    if (run / MARK).is_file():
        assert tables(run) == (new if open_run(run, run).config()["settings"]["seed"] == 1 else old)
    else:
        with pytest.raises(UsageError, match="stopped at its end"):
            open_run(run, run)
    assert server.call(table, run, seed=1, force=True) == 0
    assert tables(run) == new


def test_no_room_in_a_real_process_is_a_sentence_and_the_run_resumes(server, table, once, tmp_path):
    out = tmp_path / "run"
    assert server.call(table, out, "room", 20_000) == 1
    last = server.errors.read_text().splitlines()[-1]
    assert last.startswith("OSError: [Errno 27]")
    assert str(out) in last
    assert not (out / RANKING).exists()
    assert len(list((out / FOLDER).glob("*.predict.done"))) == 3
    assert server.call(table, out) == 0
    assert tables(out) == tables(once)


def test_a_folder_in_use_is_refused(run, table):
    from ssbscreen.files.lock import only_writer

    with only_writer(run), pytest.raises(UsageError, match="Another process is writing"):
        known_run(make_plan(settings(), [str(table)], run, quiet))


def test_finding_a_run_loads_no_torch(once, table):
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from run_folders import quiet, settings\n"
        "from ssbscreen.screening.finished import known_run; from ssbscreen.screening.settings import make_plan\n"
        "found = known_run(make_plan(settings(), [sys.argv[2]], Path(sys.argv[3]), quiet))\n"
        "print(found.counts['read'], 'torch' in sys.modules, 'matplotlib' in sys.modules)"
    )
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", code, here, table, once], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "False", "False"]
