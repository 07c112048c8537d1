"""Many crystals relaxed together by torch-sim: what fills a GPU, on which one small cell after the other would not.

Needs Python 3.12 and the extra `batched`. Only here is torch-sim imported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ssbscreen.calculation.calculated import FAILURES, Calculated, words_of
from ssbscreen.calculation.potential_loading import weights_of
from ssbscreen.calculation.potentials import Potential
from ssbscreen.calculation.straining import Effort, check_change, check_crystal, point_group, primitive
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import DataUnavailable, InputError

ENGINE = "torch_sim"
_ATOMS_ON_CPU = 400  # in a batch; on a GPU torch-sim measures how many its memory holds


def load_model(potential: Potential, device: str = "cpu") -> Any:
    """A potential as torch-sim takes it, with energy, forces and stress.

    Args:
        potential: one of `POTENTIALS`.
        device: "cpu" or "cuda".

    Raises:
        DataUnavailable: torch-sim or the potential's package is not installed, or it has no model for torch-sim here.
        IntegrityError: its weights are not those that its noise was measured with.
    """
    try:
        import torch_sim  # noqa: F401
    except ImportError as error:
        raise DataUnavailable(
            "engine: torch_sim needs torch-sim, which needs Python 3.12 or newer; there `pip install '.[batched]'` in "
            "a clone brings it. Without it take engine: ase, which relaxes one crystal at a time."
        ) from error
    if potential.package not in _LOADERS:
        raise DataUnavailable(
            f"Potential '{potential.name}' is not run by torch-sim here, only those of {', '.join(_LOADERS)} are; take "
            "one of them, or engine: ase."
        )
    return _LOADERS[potential.package](str(weights_of(potential)), device, potential.options)


def relax_together(crystals: Sequence[Crystal], model: Any, effort: Effort) -> tuple[Calculated, ...]:
    """Relax cell and ions of the primitive cells of many crystals at once; failures become reasons, one a crystal.

    The optimiser (L-BFGS over ions and the logarithm of the deformation) is not believed: energy, forces and stress of
    what it returns are computed once more, and what is not at rest is refused. Seconds are shared by the crystals.
    `max_seconds` does not count, `max_steps` does.

    Args:
        crystals: any number.
        model: of torch-sim, with stress.
        effort: see `Effort`.

    Source: O. Cohen et al., AI for Science (2025), 10.1088/3050-287X/ae1799 (torch-sim).
    """
    begin, n = time.process_time(), len(crystals)
    found: list[Calculated | None] = [_refused(crystal, effort) for crystal in crystals]
    wanted = [i for i in range(n) if found[i] is None]
    if wanted:
        try:
            rested = _at_rest([crystals[i] for i in wanted], model, effort)
        except FAILURES as error:
            if len(wanted) == 1:
                rested = [Calculated(reason=words_of(error))]
            else:  # one that the potential does not know must not take the others with it
                rested = [relax_together([crystals[i]], model, effort)[0] for i in wanted]
        for i, one in zip(wanted, rested, strict=True):
            found[i] = one
    seconds = (time.process_time() - begin) / max(n, 1)
    return tuple(Calculated(**{**vars(one), "seconds": seconds}) for one in found if one is not None)


def _refused(crystal: Crystal, effort: Effort) -> Calculated | None:
    try:
        check_crystal(crystal, effort)
    except InputError as error:
        return Calculated(reason=str(error))
    return None


def _at_rest(crystals: Sequence[Crystal], model: Any, effort: Effort) -> list[Calculated]:
    import torch_sim as ts
    from ase import Atoms, units
    from torch_sim.autobatching import InFlightAutoBatcher

    cells = []
    for crystal in crystals:
        lattice, frac, numbers = primitive(crystal)
        cells.append(Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True))
    stress = effort.stress * units.GPa

    def is_at_rest(state: Any, last_energy: Any = None) -> Any:
        return (ts.system_wise_max_force(state) < effort.force) & (state.stress.abs().amax(dim=(1, 2)) < stress)

    batches: Any = True
    if model.device.type == "cpu":
        most = max(_ATOMS_ON_CPU, *(len(cell) for cell in cells)) + 1
        batches = InFlightAutoBatcher(model=model, memory_scales_with="n_atoms", max_memory_scaler=most)
    state = ts.optimize(
        cells,
        model,
        optimizer=ts.Optimizer.lbfgs,
        convergence_fn=is_at_rest,
        max_steps=effort.max_steps,
        steps_between_swaps=1,
        autobatcher=batches,
        init_kwargs={"cell_filter": ts.CellFilter.frechet},
    )
    rested = state.to_atoms()
    values = ts.static(rested, model, autobatcher=model.device.type != "cpu")
    return [
        _checked(before, after, value, effort, stress)
        for before, after, value in zip(cells, rested, values, strict=True)
    ]


def _checked(before: Any, after: Any, value: Mapping[str, Any], effort: Effort, stress: float) -> Calculated:
    """What one crystal came to, by values that were computed anew."""
    force = float(value["forces"].norm(dim=-1).max())
    if not (force < effort.force and float(value["stress"].abs().max()) < stress):
        return Calculated(reason=f"its cell does not come to rest in {effort.max_steps} steps")
    change = after.get_volume() / before.get_volume() - 1.0
    try:
        check_change(change, effort)
    except InputError as error:
        return Calculated(reason=str(error))
    crystal = Crystal.ordered(after.cell.array, after.get_scaled_positions(), after.numbers)
    _, space_group = point_group(crystal.lattice, crystal.frac, crystal.occupant_z)
    return Calculated(
        float(value["potential_energy"].sum()) / len(after),
        after.get_volume() / len(after),
        change,
        space_group,
        crystal.to_record(),
    )


def _sevenn(weights: str, device: str, options: Mapping[str, str]) -> Any:
    from sevenn.torchsim import Float64Wrapper, SevenNetModel

    words: dict[str, Any] = dict(options)
    return Float64Wrapper(SevenNetModel(weights, device=device, **words))  # positions in double precision


_LOADERS: Mapping[str, Callable[[str, str, Mapping[str, str]], Any]] = MappingProxyType({"sevenn": _sevenn})
