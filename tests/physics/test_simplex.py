"""The solver behind every hull, against scipy's."""

import numpy as np
import pytest
from scipy.optimize import linprog

from ssbscreen.core.errors import InputError
from ssbscreen.physics.simplex import LinearProgram, shaken

ROWS = ("Li", "P", "O", "S")


def _program(seed: int, n: int = 40) -> LinearProgram:
    rng = np.random.default_rng(seed)
    phases = rng.dirichlet(np.full(len(ROWS), 0.4), n).T
    return LinearProgram(ROWS, np.hstack([np.eye(len(ROWS)), phases]), np.append(np.zeros(len(ROWS)), -rng.random(n)))


def _energy(program: LinearProgram, target: np.ndarray) -> float:
    return linprog(program.energy, A_eq=program.columns, b_eq=target, method="highs").fun


@pytest.mark.parametrize("seed", range(8))
def test_one_equilibrium_is_that_of_scipy(seed):
    program = _program(seed)
    target = np.random.default_rng(seed).dirichlet(np.ones(len(ROWS)))
    basis = program.solve(shaken(target))
    amounts = np.linalg.solve(program.columns[:, basis], target)
    assert (amounts > -1e-8).all()
    assert program.energy[basis] @ amounts == pytest.approx(_energy(program, target), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_gives_the_equilibria_along_a_line(seed):
    program = _program(seed)
    start, end = np.random.default_rng(100 + seed).dirichlet(np.ones(len(ROWS)), 2)
    pieces = list(program.walk(shaken(start), end - start, program.solve(shaken(start))))
    begins = [piece.start for piece in pieces]
    assert begins == sorted(begins)
    assert len(pieces) > 1
    for piece, until in zip(pieces, [*begins[1:], 1.0], strict=True):
        target = start + 0.5 * (piece.start + until) * (end - start)
        energy = program.energy[piece.basis] @ (piece.inverse @ target)
        assert energy == pytest.approx(_energy(program, target), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_rounding_does_not_add_up_on_the_way(seed):
    rng = np.random.default_rng(seed)
    rows = tuple("abcdefghi")
    phases = rng.dirichlet(np.full(len(rows), 0.6), 600).T
    program = LinearProgram(rows, np.hstack([np.eye(9), phases]), np.append(np.zeros(9), -rng.random(600)))
    start, end = rng.dirichlet(np.full(9, 0.5), 2)
    pieces = list(program.walk(shaken(start), end - start, program.solve(shaken(start))))
    assert len(pieces) > 15
    for piece in pieces:
        assert piece.inverse @ program.columns[:, piece.basis] == pytest.approx(np.eye(9), abs=1e-9)
        assert piece.potentials @ program.columns[:, piece.basis] == pytest.approx(
            program.energy[piece.basis], abs=1e-9
        )
    last = program.energy[pieces[-1].basis] @ np.linalg.solve(program.columns[:, pieces[-1].basis], end)
    assert last == pytest.approx(_energy(program, end), abs=1e-8)


def test_phases_that_may_not_enter_stay_out():
    program = _program(0)
    is_allowed = np.arange(program.energy.size) % 2 == 0
    is_allowed[: len(ROWS)] = True
    assert is_allowed[program.solve(shaken(np.full(len(ROWS), 0.25)), is_allowed=is_allowed)].all()


def test_without_end_there_is_an_error_that_names_the_rows():
    program = LinearProgram(("Li", "O"), np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]), np.array([0.0, 0.0, -1.0]))
    with pytest.raises(InputError, match="Li-O"):
        program.solve(shaken(np.array([0.5, 0.5])))
