"""Names of the columns of tables as other tools and people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ssbscreen.core.errors import InputError

KELVIN = "temperature_k"
SYNONYMS = {
    "candidate_id": "id name material_id mp_id entry_id task_id sample sample_id material label auid collectioncode "
    "probe 試料 試料名 样品",
    "composition": "formula chemical_formula reduced_formula formula_pretty pretty_formula comp chemical_composition "
    "compound electrolyte chemical_formula_reduced chemical_formula_hill structuredformula sumformula sum_formula "
    "zusammensetzung formel summenformel 組成 組成式 化学式 组成",
    "structure_file": "structure file filename cif cif_file path",
    "smiles": "psmiles p_smiles repeat_unit repeat_unit_smiles monomer_smiles polymer_smiles polymer",
    "salt_smiles": "salt",
    "molality": "molality_mol_kg mol_kg salt_molality",
    "plasticiser": "plasticizer solvent",
    "molar_mass": "mw molecular_weight molar_mass_g_mol mw_g_mol",
    "temperature": "temp t t_c temperature_c temp_c temperature_degc temperature_degree_c temperatur temperatur_c "
    "温度 温度_c",
    KELVIN: "t_k temp_k temperature_kelvin temperatur_k 温度_k",
}
"""Our name -> others in their order, as `plain_column` writes them."""
_FAHRENHEIT = frozenset(("t_f", "temp_f", "temperature_f", "temperature_fahrenheit", "temperature_degf"))
_SALT_RATIO = re.compile(r"^(?:eo|o|co)_(?:to_)?li(?:_ratio)?$|^li_(?:to_)?(?:eo|o)(?:_ratio)?$")


def plain_column(name: str) -> str:
    """Name of a column by its letters and digits alone: `T [°C]` is t_c."""
    return re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name).lower()).strip("_")


def check_columns(plain: Mapping[str, str]) -> None:
    """Refuse a table whose candidates would be others without a column that is not read.

    Args:
        plain: name as given -> as `plain_column` writes it.

    Raises:
        InputError: a temperature in degree Fahrenheit, or the salt of polymers as repeat units per lithium.
    """
    for given, name in plain.items():
        if name in _FAHRENHEIT:
            raise InputError(f"the column '{given}' is in degree Fahrenheit; give degree C or K")
        if _SALT_RATIO.match(name):
            raise InputError(
                f"the column '{given}' is not read; give the salt as molality (mol/kg of polymer), or by name in the "
                "column composition, such as PEO:LiTFSI (EO:Li = 20:1)"
            )
