"""Mutants of every format in short (`benchmarks/bench_fuzz.py` runs them at length), and those that once failed."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.core.candidate import Records
from ssbscreen.core.errors import SsbscreenError

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from fuzz_known import CHANGES, FORMS, Written
from fuzz_run import FORMATS, READERS, Maker, Mutant, judge
from fuzz_seeds import ENDINGS, prototypes

N_MUTANTS = 60  # of each format
FAILED = sorted(Path(__file__).with_name("fuzz_failures").iterdir())
# what is said of mutants that once escaped or took too long
WORDS = {
    "cif-7812": "the cell cannot be read",
    "cif-36360": "unequal length",
    "cif-36876": "unequal length",
    "json-2103": "no volume",
    "json-3675": "atomic number",
    "jsonl-4000": "too large",
    "measurements-6679": "no chemical formula",
    "measurements-86863": "no known unit",
    "measurements-94903": "no known unit",
    "poscar-1225": "no volume",
    "table-5717": "usual amounts",
    "where-3779": "Cannot read --where",
    "yaml-644": "number of more than",
}


@pytest.fixture(scope="module")
def maker():
    return Maker(1, FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_no_mutant_escapes_or_costs_too_much(form, maker, tmp_path):
    kinds: Counter[str] = Counter()
    for number in range(FORMATS.index(form), N_MUTANTS * len(FORMATS), len(FORMATS)):
        mutant = maker.make(number)
        outcome = judge(mutant, tmp_path / f"mutant{ENDINGS[form]}")
        assert not outcome.is_failure, (number, outcome)
        kinds[outcome.kind] += 1
    assert kinds["refused"] > 0
    assert kinds["read"] > 0


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_a_known_change_does_is_what_is_read(change, tmp_path):
    rng = np.random.default_rng(0)
    written = [Written.of(p.crystal) for p in prototypes() if p.crystal.n_sites <= 24]
    n_read = 0
    for form, as_text in FORMS.items():
        is_partial = form in ("cif", "json")
        own = [w for w in written if is_partial or (w.is_ordered and change.__name__ != "halved")]
        for one in own[:3]:
            changed = change(one, rng)
            content = as_text(changed).encode()
            mutant = Mutant(0, form, content, change.__name__, changed.fractions, changed.density)
            outcome = judge(mutant, tmp_path / f"mutant{ENDINGS[form]}")
            assert not outcome.is_failure, (form, outcome)
            n_read += outcome.kind == "read"
    assert n_read >= 3


def test_the_same_number_is_the_same_mutant(maker):
    assert [maker.make(n).content for n in (5, 17)] == [Maker(1, FORMATS).make(n).content for n in (5, 17)]


def test_a_wrong_density_is_noticed(tmp_path):
    written = Written.of(prototypes()[0].crystal)
    mutant = Mutant(0, "cif", written.cif().encode(), "none", written.fractions, 1.01 * written.density)
    assert judge(mutant, tmp_path / "mutant.cif").kind == "wrong"


@pytest.mark.parametrize("path", FAILED, ids=lambda path: path.stem)
def test_what_once_failed_is_refused_with_a_reason(path, tmp_path):
    form = path.stem.split("-")[0]
    copy = tmp_path / f"mutant{ENDINGS[form]}"
    copy.write_bytes(path.read_bytes())
    outcome = judge(Mutant(0, form, path.read_bytes()), copy)
    assert not outcome.is_failure, outcome
    try:
        found = READERS[form](copy)
    except SsbscreenError as error:
        said = [str(error)]
    else:
        rejected = found.rejected if isinstance(found, Records) else found[1]  # type: ignore[index]
        said = [one.reason for one in rejected]
    assert any(WORDS[path.stem] in reason for reason in said), said
