"""Labels of polymers: equal for one polymer however its unit is cut, different for different ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.readers.polymer_text import chain_label, polymer_of, repeat_unit
from ssbscreen.sources.literature import SOURCE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*CCO*", "[Cu]COC[Au]"),
        ("*CCN(*)C", "*CN(C)C*"),
        ("*CCCCCC(=O)O*", "*CCCCCOC(*)=O"),
        ("*COCCOCCO*", "*CCOCCOCO*"),
        ("*COC(=O)CCC(=O)OC*", "*OCCOC(=O)CCC(*)=O"),
        ("*Oc1ccc(*)cc1", "*c1ccc(O*)cc1"),
        ("*O[Si](*)(C)C", "*[Si](C)(C)O*"),
        ("*CC(*)C#N", "*C(C#N)C*"),
        ("*CCO*", "*CCOCCO*"),
        ("*C*", "*CC*"),
        ("*CC*", "*CCCCCC*"),
        ("*CCO*", "*COCCOC*"),
        ("*c1ccc(*)cc1", "*c1ccc(-c2ccc(*)cc2)cc1"),
        ("*CC(*)C#N", "*CC(C#N)CC(*)C#N"),
        ("*OCCOC(=O)*", "*COC(=O)OCCOC(=O)OC*"),
        ("*/C=C/CC*", "*C/C=C\\C*"),
        ("*C[C@H](C)O*", "*C[C@@H](C)O*"),
    ],
)
def test_one_polymer_one_label(one: str, other: str) -> None:
    assert chain_label(repeat_unit(one)) == chain_label(repeat_unit(other))


def test_labels_of_different_polymers_differ() -> None:
    units = [
        "*CCO*",
        "*CCCO*",
        "*CC(*)O",
        "*COCCO*",
        "*CCC(=O)O*",
        "*OCCOC(=O)CCC(*)=O",
        "*OCCCCCCOC(=O)CCCCC(*)=O",
        "*CCCCCC(=O)O*",
        "*CCN*",
        "*CCN(*)C",
        "*O[Si](*)(C)C",
    ]
    assert len({chain_label(repeat_unit(unit)) for unit in units}) == len(units)


@pytest.mark.parametrize(
    "text",
    [
        "[*]CCO[*]",
        "[1*]CCO[2*]",
        "[*:1]CCO[*:2]",
        "[R]CCO[R]",
        "[R1]CCO[R2]",
        "[Th]CCO[Th]",
        "[Ce]CCO[Po]",
        "[Cu]CCO[Au]",
    ],
)
def test_any_usual_mark_of_the_ends_is_understood(text: str) -> None:
    assert repeat_unit(text) == repeat_unit("*CCO*")


@pytest.mark.parametrize("text", ["CCO", "*CCO", "[Th]CCO", "*CCO*.*C*", "[Li]CCO[Li]"])
def test_ends_that_are_not_two_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        repeat_unit(text)


def test_the_formula_of_every_cited_polymer_leads_back_to_it() -> None:
    """With and without a salt, with and without its amount: PEC-LiTFSI, whose amount nobody wrote down, is one."""
    cited = {row.polymer for row in SOURCE.values() if row.polymer is not None and not row.polymer.plasticiser}
    amounts = {(one.salt_smiles is not None, one.molality is not None) for one in cited}
    assert {(True, True), (True, False)} <= amounts
    dry = {replace(one, salt_smiles=None, molality=None) for one in cited}
    for polymer in cited | dry:
        known = replace(polymer, molar_mass=None)
        again = polymer_of(Candidate("c", polymer=known).formula)
        given = known.molality if known.molality is None else float(f"{known.molality:g}")
        assert again == replace(known, molality=given)
