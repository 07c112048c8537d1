"""A very small screen, and a process that runs it, is killed in the middle, or has no room left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssbscreen.screening.settings import load_settings

TABLE = """candidate_id,composition,structure_file
llzo,Li7La3Zr2O12,
lps,Li3PS4,
cell,,lif.cif
lic,Li3InCl6,
latp,Li1.3Al0.3Ti1.7P3O12,
lyc,Li3YCl6,
lyb,Li3YBr6,
"""
CIF = """data_lif
_cell_length_a 4.03
_cell_length_b 4.03
_cell_length_c 4.03
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 Li 0 0 0 1
Li2 Li 0 0.5 0.5 1
Li3 Li 0.5 0 0.5 1
Li4 Li 0.5 0.5 0 1
F1 F 0.5 0 0 1
F2 F 0.5 0.5 0.5 1
F3 F 0 0 0.5 1
F4 F 0 0.5 0 1
"""


def settings(**more):
    """Few draws, two candidates a shard, no cells."""
    small = load_settings(
        n_draws=50, n_energy_draws=50, reference="embedded", shard_size=2, evidence="predicted", **more
    )
    return small.model_copy(update={"pairs": small.pairs.model_copy(update={"n_electrolytes": 0})})


def write_inputs(folder: Path) -> Path:
    """The table of candidates and the structure that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lif.cif").write_text(CIF)
    table = folder / "candidates.csv"
    table.write_text(TABLE)
    return table


def make_light(patch) -> None:
    """Leave out what costs seconds and is not in question here: most models, reference electrolytes, the page, MLflow.

    Args:
        patch: sets attributes, such as `MonkeyPatch.setattr`.
    """
    from ssbscreen.files.writing import write_text
    from ssbscreen.ranking.reference_materials import ReferenceMaterials
    from ssbscreen.screening import predict, report, screen

    for module in (predict, screen):
        patch(module, "predictable", lambda: ("formation_energy", "band_gap"))
    patch(report, "write_report", lambda run, top: write_text("a page", run.path / "report.html"))
    patch(screen, "reference_materials_of", lambda *given: ReferenceMaterials({}))
    patch(screen, "track", lambda *given: None)


def quiet(stage, done, total):
    """No progress."""


@contextmanager
def forked(n: int, run: Path) -> Iterator[None]:
    """Workers in place of `engine.workers._on_this_machine`: forks, since a fresh interpreter takes seconds."""
    from ssbscreen.screening.worker import help_with

    parent, pids = os.getpid(), []
    for _ in range(n):
        pid = os.fork()
        if pid == 0:
            try:
                help_with(run, parent)
            finally:
                os._exit(0)
        pids.append(pid)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


# A process that has screened once forks a child for each call, which is killed at the n-th time it touches a file
# of the run folder, or may write no file larger than so many bytes.
_SERVER = """
import logging, os, resource, signal, sys, tempfile
from pathlib import Path
sys.path.insert(0, {here!r})
from run_folders import forked, make_light, quiet, settings, write_inputs
from ssbscreen.engine import workers
from ssbscreen.screening import screen
make_light(setattr)
logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
TOUCHED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")

def watch(at, folder):
    n = 0
    def hook(event, given):
        nonlocal n
        is_written = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (is_written or event in TOUCHED) and folder in str(given[0]):
            n += 1
            if n == at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    return lambda: n

workers._on_this_machine = forked
with tempfile.TemporaryDirectory() as name:  # what is read once is read before the first fork
    screen.run_screen(settings(), [str(write_inputs(Path(name)))], Path(name, "run"), quiet)
print("ready", flush=True)
for line in sys.stdin:
    table, out, kind, at, seed, force, n = line.split()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            count = watch(int(at) if kind == "touch" else -1, out)
            if kind == "room":
                resource.setrlimit(resource.RLIMIT_FSIZE, (int(at), int(at)))
            screen.run_screen(settings(seed=int(seed)), [table], Path(out), quiet, is_forced=force == "force",
                workers=workers.Workers(int(n)))
            Path(out + ".touched").write_text(str(count()))
            code = 0
        except BaseException as error:
            print(f"{{type(error).__name__}}: {{error}}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Server:
    """The process; `call` runs one screen in a child of it."""

    def __init__(self, folder: Path) -> None:
        self.errors = folder / "errors.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER.format(here=str(Path(__file__).parent))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout.readline() == "ready\n", self.errors.read_text()

    def call(
        self,
        table: Path,
        out: Path,
        kind: str = "never",
        at: int = 0,
        seed: int = 0,
        force: bool = False,
        workers: int = 1,
    ) -> int:
        """Exit code of the child, the negative signal where it was killed."""
        self.process.stdin.write(f"{table} {out} {kind} {at} {seed} {'force' if force else 'no'} {workers}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
