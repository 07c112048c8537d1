"""Lithium salts by the names that polymer papers use."""

from __future__ import annotations

import re

_SALTS = {
    "LiTFSI": "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F",
    "LiFSI": "[Li+].O=S(=O)(F)[N-]S(=O)(=O)F",
    "LiBETI": "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)C(F)(F)F)C(F)(F)C(F)(F)F",
    "LiOTf": "[Li+].O=S(=O)([O-])C(F)(F)F",
    "LiClO4": "[Li+].[O-]Cl(=O)(=O)=O",
    "LiPF6": "[Li+].F[P-](F)(F)(F)(F)F",
    "LiAsF6": "[Li+].F[As-](F)(F)(F)(F)F",
    "LiBF4": "[Li+].F[B-](F)(F)F",
    "LiBOB": "[Li+].O=C1O[B-]2(OC1=O)OC(=O)C(=O)O2",
    "LiDFOB": "[Li+].O=C1O[B-](F)(F)OC1=O",
    "LiSbF6": "[Li+].F[Sb-](F)(F)(F)(F)F",
    "LiTDI": "[Li+].N#Cc1nc(C(F)(F)F)[n-]c1C#N",
    "LiSCN": "[Li+].[S-]C#N",
    "LiNO3": "[Li+].[O-][N+](=O)[O-]",
    "LiCl": "[Li+].[Cl-]",
    "LiBr": "[Li+].[Br-]",
    "LiI": "[Li+].[I-]",
}
_OTHER_NAMES = {
    "LiTf": "LiOTf",
    "LiCF3SO3": "LiOTf",
    "LiSO3CF3": "LiOTf",
    "LiN(SO2CF3)2": "LiTFSI",
    "LiN(CF3SO2)2": "LiTFSI",
    "LiTFSA": "LiTFSI",
    "LiN(SO2F)2": "LiFSI",
    "LiFSA": "LiFSI",
    "LiODFB": "LiDFOB",
}
SALT_NAMES = tuple(_SALTS)
_BY_NAME = {name.lower(): smiles for name, smiles in _SALTS.items()}
_BY_NAME |= {other.lower(): _SALTS[name] for other, name in _OTHER_NAMES.items()}


def salt_smiles_of(text: str) -> str:
    """SMILES of a salt that is called by its name; any other text as it is."""
    return _BY_NAME.get(re.sub(r"[\s_-]", "", text).lower(), text)


def all_salt_names() -> tuple[str, ...]:
    """Every name, the longest first, so that LiTFSI is found before LiTF."""
    return tuple(sorted((*_SALTS, *_OTHER_NAMES), key=len, reverse=True))
