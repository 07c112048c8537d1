"""What kinisi is asked for, with a stand-in for it: the range of the fit is this project's, whatever fits the line."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from ssbscreen.calculation.diffusivity import diffusivity
from ssbscreen.calculation.displacement import HOP, displacement
from ssbscreen.calculation.trajectory import Trajectory

N_FRAME, FRAME_FS = 500, 20.0


@pytest.fixture
def asked(monkeypatch):
    """What each of both analyzers was given: times (ps), frames, and the start of the line (ps)."""
    calls = []

    class Analyzer:
        @classmethod
        def from_ase(cls, frames, *, dt, time_step, **rest):
            found = cls()
            found.call = SimpleNamespace(frames=frames, times=dt, time_step=time_step, **rest)
            return found

        def diffusion(self, start, **rest):
            self.call.start = start
            self.D = self.D_J = SimpleNamespace(values=np.linspace(4e-5, 6e-5, 101))
            calls.append(self.call)

        jump_diffusion = diffusion

    analyze, scipp = ModuleType("kinisi.analyze"), ModuleType("scipp")
    analyze.DiffusionAnalyzer = analyze.JumpDiffusionAnalyzer = Analyzer
    scipp.scalar = lambda value, unit: value
    scipp.array = lambda dims, values, unit: values
    for name, module in (("kinisi", ModuleType("kinisi")), ("kinisi.analyze", analyze), ("scipp", scipp)):
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def hopping(seed=0):
    """24 ions that hop by 3 angstrom at random times and tremble, in a framework at rest."""
    rng = np.random.default_rng(seed)
    step = np.zeros((N_FRAME, 24, 3))
    frame, ion = np.nonzero(rng.random((N_FRAME, 24)) < 0.007)
    step[frame, ion, rng.integers(0, 3, len(ion))] = 3.0 * rng.choice([-1.0, 1.0], len(ion))
    ions = np.cumsum(step, axis=0) + rng.normal(0, 0.2, step.shape)
    positions = np.concatenate([ions, np.zeros((N_FRAME, 24, 3))], axis=1)
    return Trajectory(np.eye(3) * 12.0, np.repeat([3, 17], 24), positions, rng.normal(0, 0.5, N_FRAME),
                      np.full(N_FRAME, 900.0), FRAME_FS, np.zeros((48, 3)), positions[-1], 0.0)  # fmt: skip


def test_the_line_starts_where_lithium_has_left_its_sites(asked):
    run = hopping()
    found = diffusivity(run, 900.0, 1.0)
    own = displacement(run.positions[50:, :24])
    tracer, charge = asked
    for call in (tracer, charge):
        fitted = call.times[call.times >= call.start]
        assert len(call.frames) == N_FRAME - 50  # the equilibration is left out
        assert call.times == pytest.approx(own.lags * FRAME_FS * 1e-3)
        assert fitted == pytest.approx(own.lags[own.first :] * FRAME_FS * 1e-3)
        assert own.msd[call.times < call.start].max() < 0.5 * HOP**2 <= own.msd[own.first]
        assert (call.specie, call.time_step, call.step_skip) == ("Li", 0.02, 1)
    assert found.tracer[1] == pytest.approx(5e-5)
    assert found.msd == pytest.approx(own.msd[-1])
