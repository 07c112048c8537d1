"""From the name of a potential to an ASE calculator: its weights found, checked by their hash, and loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import metadata, util
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from ssbscreen.calculation.potentials import Potential
from ssbscreen.core.errors import DataUnavailable, IntegrityError
from ssbscreen.download.transfer import TransferError, download
from ssbscreen.files.data_card import Sha256
from ssbscreen.files.paths import cache_dir, state_dir
from ssbscreen.files.yaml import read_yaml


class OwnWeights(BaseModel):
    """What a user says of weights that no package carries: `potentials/<name>.yaml` of the user's folder.

    Attributes:
        sha256: of the file, as its makers state it.
        file: where it lies; the cache, into which `data fetch` puts it, when None.
        origin: address of the file, where the card names a page only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Sha256
    file: Path | None = None
    origin: str = ""


def load_calculator(potential: Potential, device: str = "cpu") -> Any:
    """ASE calculator with energy, forces and stress.

    Args:
        potential: one of `POTENTIALS`.
        device: "cpu" or "cuda".

    Raises:
        DataUnavailable: its package is not installed, or its weights are not here.
        IntegrityError: its weights are not those that its noise was measured with.
    """
    return _LOADERS[potential.package](weights_of(potential), device, potential.options)


def weights_of(potential: Potential) -> Path:
    """File of weights whose hash is the one that is known.

    Raises:
        DataUnavailable: the package is not installed, nobody said the hash, or the file is not here.
        IntegrityError: it has another hash.
    """
    found = util.find_spec(potential.package)
    if found is None or found.origin is None:
        wanted = potential.distribution or potential.package
        extra = (
            ""
            if potential.origin
            else "; `pip install '.[foundation]'` in a clone (elsewhere 'ssbscreen[foundation]') brings it"
        )
        raise DataUnavailable(
            f"Potential '{potential.name}' needs the package {wanted}, which is not installed{extra}."
        )
    if potential.origin:
        own = own_weights(potential)
        path, expected = own.file or fetched_file(potential), own.sha256
        if not path.is_file():
            raise DataUnavailable(f"{path} is not there; `ssbscreen data fetch {potential.name}` brings it.")
    else:
        path, expected = Path(found.origin).parent / potential.weights, potential.sha256
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        version = metadata.version(potential.distribution or potential.package)
        raise IntegrityError(
            f"{path}: not the weights of {potential.title} (package {potential.package} {version}); "
            "noise and elemental energies would not be theirs. Install the version of the extra."
        )
    return path


def own_weights(potential: Potential) -> OwnWeights:
    """Hash of weights that no package carries: that of the card, else what the user wrote down.

    Raises:
        DataUnavailable: neither is there; the message says what to write.
    """
    path = state_dir() / "potentials" / f"{potential.name}.yaml"
    if path.is_file():
        return read_yaml(path, OwnWeights)
    if potential.sha256:
        return OwnWeights(sha256=potential.sha256)
    raise DataUnavailable(
        f"The hash of the weights of '{potential.name}' is not known here, and a file of weights can run code "
        f"when it is loaded. Take '{potential.weights}' from {potential.origin}, compare its SHA-256 with "
        f"the one that its makers state, and write it into {path} as `sha256: ...`, with `file: ...` where you keep it."
    )


def fetched_file(potential: Potential) -> Path:
    """Where `data fetch` puts weights."""
    return cache_dir() / "potentials" / potential.weights


def fetch_weights(potential: Potential) -> Path:
    """Bring weights from their origin into the cache; what has another hash is thrown away.

    Raises:
        DataUnavailable: they ship in a package, nobody said their hash, or the origin cannot be reached.
    """
    if not potential.origin:
        raise DataUnavailable(f"The weights of '{potential.name}' ship in the package {potential.package}.")
    own, path = own_weights(potential), fetched_file(potential)
    try:
        download(own.origin or potential.origin, path, own.sha256)
    except TransferError as error:
        raise DataUnavailable(f"Weights of '{potential.name}' cannot be reached: {error}") from error
    return path


def _chgnet(path: Path, device: str, options: Mapping[str, str]) -> Any:
    import torch
    from ase.calculators.calculator import Calculator, all_changes
    from chgnet.model import CHGNet
    from chgnet.model.dynamics import CHGNetCalculator
    from pymatgen.io.ase import AseAtomsAdaptor

    class Faster(CHGNetCalculator):
        """CHGNet's, which where nobody `needs_stress` leaves out it and second derivatives (half of the time).

        The package keeps for every force what its derivative would ask for, since it is taught forces.
        """

        needs_stress = True

        def calculate(
            self, atoms: Any = None, properties: Any = None, system_changes: Any = None, task: Any = "efsm"
        ) -> None:
            if self.needs_stress:
                super().calculate(atoms, properties, system_changes, task)
                return
            Calculator.calculate(self, atoms, properties, system_changes or all_changes)
            graph = self.model.graph_converter(AseAtomsAdaptor.get_structure(atoms)).to(self.device)
            energy = self.model([graph], task="e")["e"].sum() * (len(atoms) if self.model.is_intensive else 1)
            (slope,) = torch.autograd.grad(energy, graph.atom_frac_coord)  # of Cartesian ones: by the inverse cell
            forces = -torch.linalg.solve(graph.lattice, slope.T).T.detach()
            self.results = {"energy": energy.item(), "free_energy": energy.item(), "forces": forces.cpu().numpy()}

    # the package's own loader unpickles whatever the file holds
    state = torch.load(path, map_location="cpu", weights_only=True)
    return Faster(CHGNet.from_dict(state["model"]).eval(), use_device=device)


def _sevenn(path: Path, device: str, options: Mapping[str, str]) -> Any:
    from sevenn.calculator import SevenNetCalculator

    words: dict[str, Any] = dict(options)
    return SevenNetCalculator(path, device=device, **words)  # unpickles a file whose hash is known


def _mace(path: Path, device: str, options: Mapping[str, str]) -> Any:
    from mace.calculators import MACECalculator

    return MACECalculator(model_paths=str(path), device=device, default_dtype="float64", **options)


def _mattersim(path: Path, device: str, options: Mapping[str, str]) -> Any:
    from mattersim.forcefield import MatterSimCalculator

    return MatterSimCalculator(load_path=str(path), device=device, **options)


def _orb(path: Path, device: str, options: Mapping[str, str]) -> Any:
    """Of orb-models 0.6 and newer, whose loaders return the model and what turns atoms into its graphs."""
    from orb_models.forcefield import pretrained
    from orb_models.forcefield.inference.calculator import ORBCalculator

    # cells of many sizes would be compiled anew; the default precision of matrix products is too low for phonons
    model, adapter = pretrained.orb_v3_conservative_inf_omat(
        weights_path=str(path), device=device, precision="float32-highest", compile=False, **options
    )
    return ORBCalculator(model, atoms_adapter=adapter, device=device)


_LOADERS: Mapping[str, Callable[[Path, str, Mapping[str, str]], Any]] = MappingProxyType(
    {"chgnet": _chgnet, "sevenn": _sevenn, "mace": _mace, "mattersim": _mattersim, "orb_models": _orb}
)
