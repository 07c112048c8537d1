"""A process of its own for what takes long: pictures, reactions, structures. It is ended when its time is over.

It reads one request as JSON from standard input and writes the answer to standard output; exit 2 with words on standard
error where the request cannot be answered.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from ssbscreen.core.errors import InputError, SsbscreenError, UsageError

MAX_MEMORY = 6 * 1024**3  # bytes of address space
MAX_SECONDS = 120  # of processor time


def answer(request: dict[str, Any]) -> bytes:
    """Answer one request.

    Raises:
        SsbscreenError: it cannot be answered.
    """
    kinds = {"window": _window, "pair": _pair, "reactions": _reactions, "structures": _structures, "suggest": _suggest}
    return kinds[str(request["kind"])](request)


def _window(request: dict[str, Any]) -> bytes:
    from ssbscreen.app import questions
    from ssbscreen.query.answer_figures import window_figure
    from ssbscreen.query.answer_text import window_text
    from ssbscreen.screening.hulls.references import load_reference

    found = questions.window(request["formula"], load_reference("auto"))
    form = str(request["format"])
    return _lines(window_text(found)) if form == "text" else _picture(window_figure(found), form)


def _pair(request: dict[str, Any]) -> bytes:
    from ssbscreen.app import questions
    from ssbscreen.query.answer_figures import pair_figure
    from ssbscreen.query.answer_text import pair_text
    from ssbscreen.screening.hulls.references import load_reference

    electrolyte, cathode, coating = request["electrolyte"], request["cathode"], request.get("coating")
    found = questions.pair(electrolyte, cathode, coating, load_reference("auto"), catholyte=request.get("catholyte"))
    form = str(request["format"])
    return _lines(pair_text(found)) if form == "text" else _picture(pair_figure(found), form)


def _lines(parts: Any) -> bytes:
    lines = [[part] if isinstance(part, str) else list(part.lines(100)) for part in parts]
    return "\n".join(line for part in lines for line in part).encode()


def _picture(figure: Any, form: str) -> bytes:
    stream = io.BytesIO()
    figure.savefig(
        stream, format=form, dpi=110, bbox_inches="tight", metadata={"Date": None} if form == "svg" else None
    )
    return stream.getvalue()


def _reactions(request: dict[str, Any]) -> bytes:
    import pandas as pd

    from ssbscreen.app.reactions import reactions_of_row
    from ssbscreen.query.plain import plain
    from ssbscreen.query.store import RunFolder

    found = reactions_of_row(pd.Series(request["row"]), RunFolder(Path(request["run"])))
    return json.dumps(plain(found), allow_nan=False).encode()


def _suggest(request: dict[str, Any]) -> bytes:
    from ssbscreen.query.plain import plain
    from ssbscreen.query.store import RunFolder
    from ssbscreen.screening.suggestions.suggest import suggest

    found = suggest(RunFolder(Path(request["run"])), int(request["n"]), request["budget"])
    return json.dumps({"items": plain(found.table)}, allow_nan=False).encode()


def _structures(request: dict[str, Any]) -> bytes:
    """Structures of candidates in one form; those without one are left out, and said where none is left."""
    from ssbscreen.app.structures import structures_of
    from ssbscreen.query.store import RunFolder

    wanted, form = [str(name) for name in request["ids"]], str(request["format"])
    found = structures_of(RunFolder(Path(request["run"])), wanted)
    if not found:
        raise InputError(
            f"'{wanted[0]}' has no structure: it is a composition, a polymer or a cell, or the inputs of the run hold "
            "it no more. Ask for a candidate that was read from a structure."
        )
    return _written(found, form, is_single=bool(request.get("is_single")))


def _written(found: dict[str, Any], form: str, *, is_single: bool) -> bytes:
    if form == "cif":
        from ssbscreen.app.structures import cif_text

        return "\n".join(cif_text(name, structure) for name, structure in found.items()).encode()
    if form == "xyz":
        return "".join(_xyz(name, structure) for name, structure in found.items()).encode()
    told = {name: s.as_dict() if form == "pymatgen" else _sites(s) for name, s in found.items()}
    if is_single:
        return json.dumps(next(iter(told.values()))).encode()
    return json.dumps([{"candidate_id": name, "structure": s} for name, s in told.items()]).encode()


def _xyz(name: str, structure: Any) -> str:
    """Extended XYZ.

    Raises:
        UsageError: sites are shared by several elements.
    """
    from ase.io.extxyz import write_extxyz
    from pymatgen.io.ase import AseAtomsAdaptor

    if not structure.is_ordered:
        raise UsageError(f"'{name}' has partly occupied sites, which XYZ cannot hold; ask for cif, json or pymatgen.")
    atoms = AseAtomsAdaptor.get_atoms(structure)
    atoms.info = {}
    stream = io.StringIO()
    write_extxyz(stream, [atoms])
    return stream.getvalue()


def _sites(structure: Any) -> dict[str, Any]:
    """Lattice vectors and sites, angstrom."""
    return {
        "lattice": [[float(x) for x in vector] for vector in structure.lattice.matrix],
        "sites": [
            {
                "species": {str(element): float(share) for element, share in site.species.get_el_amt_dict().items()},
                "fractional": [float(x) for x in site.frac_coords],
                "cartesian": [float(x) for x in site.coords],
            }
            for site in structure
        ],
        "formula": structure.composition.reduced_formula,
    }


def _bound_resources() -> None:
    """No answer takes more than it may, whatever happens to the service that asked."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))


def main() -> int:
    """Answer the request on standard input."""
    import warnings

    warnings.simplefilter("ignore")
    _bound_resources()
    try:
        content = answer(json.loads(sys.stdin.read()))
    except (SsbscreenError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.buffer.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
