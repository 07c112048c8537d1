"""Mutants of every format: nothing may escape but the typed error, none may cost too much, known changes must be read.

Usage: python benchmarks/bench_fuzz.py [--mutants 100000] [--seed 0] [--format all] [--out build/fuzz] [--guided]
The same seed and number give the same mutant. The run is resumed from --out, where the mutants that failed are kept.
CIFs of unknown changes that are read are held against pymatgen's reading, one in two. `--guided` lets atheris
(not a dependency: `pip install atheris`) choose the bytes by the lines of code that they reach.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import resource
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from arguments import parse, run
from fuzz_run import BYTES, FORMATS, READERS, Maker, Mutant, Outcome, judge
from fuzz_seeds import ENDINGS

from ssbscreen.core.errors import SsbscreenError
from ssbscreen.files.writing import write_bytes, write_text
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.inputs import load_inputs

_STEP = 500  # mutants between two notes of the progress
_SAMPLE = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", default="all", help=f"all, or of {', '.join(FORMATS)}, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--guided", action="store_true", help="choose bytes by coverage, with atheris")
    options = parse(parser, mutants=240, out=Path(tempfile.mkdtemp()))
    forms = FORMATS if options.format == "all" else tuple(options.format.split(","))
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + 4 * BYTES,) * 2)
    if options.guided:
        guided(forms[0], options.mutants)
    print(json.dumps(fuzz(options.mutants, options.seed, forms, options.out), indent=1))


def fuzz(n_mutants: int, seed: int, forms: tuple[str, ...], out: Path) -> dict[str, object]:
    """Judge mutants 0 to n, after those that an earlier run with the same options has judged.

    Returns:
        Counts of each outcome by format, of known changes, of CIFs held against pymatgen; the slowest mutant.
    """
    place = out / f"progress-{seed}-{'-'.join(forms)}.json"
    state = json.loads(place.read_text()) if place.is_file() else {"next": 0, "counts": {}, "slowest": [0.0, 0]}
    counts, maker = Counter(state["counts"]), Maker(seed, forms)
    slowest = tuple(state["slowest"])
    with tempfile.TemporaryDirectory() as folder:
        for number in range(state["next"], n_mutants):
            mutant = maker.make(number)
            path = Path(folder) / f"mutant{ENDINGS[mutant.form]}"
            outcome = judge(mutant, path)
            counts[f"{mutant.form}: {outcome.kind}"] += 1
            if mutant.change:
                counts[f"known changes: {outcome.kind}"] += 1
            elif mutant.form == "cif" and outcome.kind == "read" and number // len(forms) % _SAMPLE == 0:
                counts[f"against pymatgen: {by_pymatgen(path)}"] += 1
            slowest = max(slowest, (outcome.seconds, number))
            if outcome.is_failure:
                keep(mutant, outcome, out)
            if (number + 1) % _STEP == 0 or number + 1 == n_mutants:
                state = {"next": number + 1, "counts": dict(counts), "slowest": slowest}
                write_text(json.dumps(state), place)
                print(number + 1, {k: n for k, n in counts.items() if "read" not in k}, file=sys.stderr, flush=True)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "mutants": n_mutants,
        "counts": dict(sorted(counts.items())),
        "slowest_s": round(slowest[0], 2),
        "slowest_mutant": slowest[1],
        "peak_gb": round(peak / 1e9, 2),
    }


def keep(mutant: Mutant, outcome: Outcome, out: Path) -> None:
    """Write a mutant that failed, and its words."""
    name = f"{mutant.form}-{mutant.number}"
    write_bytes(mutant.content, out / "failures" / f"{name}{ENDINGS[mutant.form]}")
    write_text(f"{outcome.kind}: {outcome.words}\n", out / "failures" / f"{name}.words")
    print(name, outcome.kind, outcome.words[:200], file=sys.stderr, flush=True)


def by_pymatgen(path: Path) -> str:
    """Whether pymatgen reads the same composition from a CIF."""
    from pymatgen.io.cif import CifParser

    ours = load_inputs([path]).candidates[0].composition
    try:
        text = path.read_bytes().decode("utf-8-sig", "replace")
        theirs = CifParser(io.StringIO(text), occupancy_tolerance=1.05).parse_structures(primitive=False)[0].composition
        return "differs" if ours is None or disagreement(theirs, ours, 0.002) else "same"
    except Exception:
        return "unread"


def guided(form: str, n_runs: int) -> None:
    """Let atheris choose bytes; it ends the process at the first failure and prints the bytes."""
    import atheris

    folder = Path(tempfile.mkdtemp())
    corpus = folder / "corpus"
    corpus.mkdir()
    maker = Maker(0, (form,))
    for number in range(50):
        (corpus / str(number)).write_bytes(maker.make(number).content)

    def one(content: bytes) -> None:
        path = folder / f"mutant{ENDINGS[form]}"
        path.write_bytes(content)
        try:
            READERS[form](path)
        except SsbscreenError:
            return

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-runs={n_runs}", "-rss_limit_mb=0", str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    run(main)
