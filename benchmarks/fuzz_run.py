"""One mutant after the other: made from a seed and a number, read under limits, judged."""

from __future__ import annotations

import io
import resource
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from fuzz_known import CHANGES, FORMS, Written
from fuzz_mutators import mutated
from fuzz_seeds import ENDINGS, dictionary, prototypes, seeds

from ssbscreen.core.candidate import Records
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.files.material_names import composition_of
from ssbscreen.files.yaml import read_mapping
from ssbscreen.measurements.rows import read_measurements
from ssbscreen.query.expression import matches
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.readers.prototype_file import read_prototype

SECONDS, BYTES = 5.0, 1_000_000_000  # of one mutant
KNOWN_SHARE = 0.4  # of mutants of structures: changes whose effect is known
COMPOSITION, DENSITY = 1e-3, 2e-3  # atomic fraction, relative
FORMATS = tuple(ENDINGS)


class TooSlow(BaseException):
    """Raised by the alarm; no reader may catch it."""


@dataclass(frozen=True)
class Mutant:
    """An input.

    Attributes:
        number: from which it is made again.
        form: format.
        content: what is read.
        change: name of the known change; empty where the effect is not known.
        fractions: atomic fractions that must be read; None where they are not known.
        density: g/cm3, as the fractions.
    """

    number: int
    form: str
    content: bytes
    change: str = ""
    fractions: dict[str, float] | None = None
    density: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What reading came to: `read`, `refused`, or a failure (`escaped`, `slow`, `large`, `wrong`) with its words."""

    kind: str
    words: str
    seconds: float
    is_failure: bool = False


class Maker:
    """Makes mutants; the same number gives the same mutant.

    Args:
        seed: of everything.
        forms: formats, taken in turn.
    """

    def __init__(self, seed: int, forms: tuple[str, ...]) -> None:
        self._seed, self._forms = seed, forms
        self._seeds, self._words = seeds(), dictionary()
        self._written = [Written.of(p.crystal) for p in prototypes() if p.crystal.n_sites <= 24]
        self._ordered = [w for w in self._written if w.is_ordered]

    def make(self, number: int) -> Mutant:
        """The mutant of a number."""
        rng = np.random.default_rng([self._seed, number])
        form = self._forms[number % len(self._forms)]
        if form in FORMS and rng.random() < KNOWN_SHARE:
            return self._known(number, form, rng)
        own = self._seeds[form]
        content, other = (own[int(rng.integers(len(own)))] for _ in range(2))
        change = _archive if form == "xlsx" and rng.random() < 0.8 else mutated
        return Mutant(number, form, change(content, other, self._words[form], rng))

    def _known(self, number: int, form: str, rng: np.random.Generator) -> Mutant:
        is_partial = form in ("cif", "json")
        pool = self._written if is_partial else self._ordered
        written = pool[int(rng.integers(len(pool)))]
        changes = [c for c in CHANGES if is_partial or c.__name__ != "halved"]
        names = []
        for _ in range(int(rng.integers(1, 4))):
            change = changes[int(rng.integers(len(changes)))]
            if change.__name__ == "doubled" and len(written.symbols) > 100:
                continue
            written = change(written, rng)
            names.append(change.__name__)
        text = FORMS[form](written)
        return Mutant(number, form, text.encode(), "+".join(names), written.fractions, written.density)


def _archive(
    content: bytes, other: bytes, word: Callable[[np.random.Generator], bytes], rng: np.random.Generator
) -> bytes:
    """An Excel file with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fresh:
        names = archive.namelist()
        chosen = next(n for n in names if "sheet1" in n) if rng.random() < 0.7 else names[int(rng.integers(len(names)))]
        for name in names:
            part = archive.read(name)
            fresh.writestr(name, mutated(part, part, word, rng) if name == chosen else part)
    return out.getvalue()


def _fixed_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ionic_conductivity": [1e-3, np.nan],
            "chemistry_class": ["oxide", "halide"],
            "rank": [1, 2],
            "score": [0.5, 0.1],
            "formula": ["LiF", "Li2S"],
        }
    )


_FRAME = _fixed_frame()


def _smiles(path: Path) -> None:
    unit, _, salt = path.read_bytes().decode("utf-8", "replace").partition(" ")
    formulation(unit, salt or None)


def _yaml(path: Path) -> None:
    if b"wyckoff" in path.read_bytes():
        read_prototype(path)
    else:
        read_mapping(path)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


READERS: dict[str, Callable[[Path], object]] = dict.fromkeys(
    ("cif", "poscar", "extxyz", "json", "jsonl", "table", "xlsx"), lambda path: load_inputs([path])
) | {
    "measurements": read_measurements,
    "yaml": _yaml,
    "composition": lambda path: composition_of(_text(path)),
    "smiles": _smiles,
    "where": lambda path: matches(_text(path), _FRAME),
}


def judge(mutant: Mutant, path: Path) -> Outcome:
    """Read a mutant from a file and hold the result against what must hold."""
    path.write_bytes(mutant.content)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found: object = None
    kind, words = "read", ""
    try:
        with _alarm(2 * SECONDS):
            found = READERS[mutant.form](path)
    except SsbscreenError as error:
        kind, words = "refused", str(error)
    except TooSlow:
        kind, words = "slow", "ended by the alarm"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        kind, words = "escaped", f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - start
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    if kind in ("read", "refused") and seconds > SECONDS:
        kind, words = "slow", f"{seconds:.1f} s of processor time"
    if kind in ("read", "refused") and grown > BYTES:
        kind, words = "large", f"{grown / 1e9:.2f} GB"
    if isinstance(found, Records) and kind == "read":
        if not found.candidates:
            kind, words = "refused", found.rejected[0].reason if found.rejected else "nothing said"
        if not found.candidates and not found.rejected:
            kind = "wrong"
        elif found.candidates and mutant.fractions is not None and (why := _difference(mutant, found)):
            kind, words = "wrong", why
    return Outcome(kind, words, seconds, kind not in ("read", "refused"))


def _difference(mutant: Mutant, found: Records) -> str:
    """In which way a structure is not what its change makes of it; empty where it is."""
    crystal = found.candidates[0].crystal
    assert crystal is not None
    read = {str(e): crystal.composition.get_atomic_fraction(e) for e in crystal.composition.elements}
    stated = mutant.fractions or {}
    off = max(abs(read.get(s, 0.0) - stated.get(s, 0.0)) for s in {*read, *stated})
    if off > COMPOSITION:
        return f"{mutant.change}: atomic fractions off by {off:.4f}: {read} for {stated}"
    if abs(crystal.density / mutant.density - 1) > DENSITY:
        return f"{mutant.change}: density {crystal.density:.5g} for {mutant.density:.5g}"
    return ""


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Stop a mutant after some seconds of processor time; the readers keep an alarm of their own."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
