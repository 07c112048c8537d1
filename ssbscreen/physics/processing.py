"""How an electrolyte is made into a separator: route, temperature, thickness, ductility, glass formers.

Every number is one that stands on a page that was read; its address is in the row. They are examples of what
was done, not limits of nature, and hold for a family or class, never for one composition. Where no number was
found the value is missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.recognition import anion_charges, element_amounts

ROUTES = ("cold_pressed", "hot_pressed", "sintered", "melt", "cast", "vapour")


@dataclass(frozen=True, slots=True)
class Process:
    """How a class or family is densified into a separator.

    Attributes:
        key: class key, or family key, which goes before its class.
        route: one of `ROUTES`.
        temperature: highest temperature of shaping and densification, degree C; NaN where none was read.
            Synthesis of the powder before it is not counted.
        temperature_source: what was done and where it was read.
        thickness: thinnest free-standing separator read, micrometre; NaN where none was read.
        thickness_source: what was made and where it was read.
    """

    key: str
    route: str
    temperature: float
    temperature_source: str
    thickness: float = math.nan
    thickness_source: str = ""


_HALIDE_FILM = "Li3InCl6 in a ZrO2 nanowire skeleton by solution infusion, 10.1002/aenm.202303641"
_GARNET_FILM = "dense LLZO membrane by ultrafast sintering, https://www.biocloudy.com/literatureDetail/NDI4NjM4OA=="

PROCESSES: tuple[Process, ...] = (
    Process(
        "sulfide",
        "cold_pressed",
        ROOM_TEMPERATURE_C,
        "cold-pressed pellet of Li5.5PS4.5Cl0.8Br0.7 conducts 9.6 mS/cm, "
        "https://preview.concepedia.online/publication/W4388014334",
        35.0,
        "Li6PS5Cl on a perforated Al2O3-coated polyethylene separator, "
        "https://discovery.researcher.life/topic/all-solid-state-batteries/10674607?page=10",
    ),
    Process(
        "li7p3s11",
        "hot_pressed",
        360.0,
        "70Li2S-30P2S5 glass crystallised at 360 degree C for 1 h, "
        "http://934503.02c7k.group/research/tech/periodicals/view.php?seq=727201",
        35.0,
        "as other sulfides",
    ),
    Process(
        "halide",
        "cold_pressed",
        ROOM_TEMPERATURE_C,
        "cold-pressed Li2.45In0.45Zn0.55Cl4.9 pellet, https://rsc.66557.net/en/content/articlehtml/2024/ma/d4ma00405a",
        25.0,
        _HALIDE_FILM,
    ),
    Process(
        "hydride",
        "cold_pressed",
        ROOM_TEMPERATURE_C,
        "cold-pressed LiCB11H12 pellet above 94 % of the crystal density, 10.1039/c5ee02941d",
    ),
    Process(
        "polymer",
        "cast",
        110.0,
        "PEO-LiTFSI film hot-pressed without solvent at 110 degree C, https://kinteksolution.com/faqs/"
        "what-is-the-key-role-of-a-laboratory-hot-press-machine-in-the-solvent-free-fabrication-of-peo-litfsi-"
        "solid-state-electrolyte-films",
        30.0,
        "solvent-free polyether film with ceramic filler, 10.1002/smll.202504166",
    ),
    Process(
        "garnet",
        "sintered",
        1100.0,
        "Ta-doped LLZO pellet sintered at 1100 degree C, https://staging.scite.ai/authors/nu-ri-oh-nRKkD",
        45.0,
        _GARNET_FILM,
    ),
    Process("perovskite", "sintered", 1200.0, "Li0.29La0.57TiO3 sintered at 1200 degree C, 10.1007/s10853-012-6650-5"),
    Process(
        "nasicon",
        "sintered",
        800.0,
        "LATP with Li3PO4 as sintering aid at 800 degree C, about 90 % dense, "
        "https://www.jstage.jst.go.jp/article/jcersj2/132/6/132_23208/_article/-char/en "
        "(1100 degree C without aid, https://preview.concepedia.online/publication/W2517815514)",
    ),
    Process(
        "lisicon",
        "sintered",
        600.0,
        "Li3.6Ge0.8S0.2O4 spark plasma sintered at 600 degree C, "
        "https://c.coek.info/pdf-fabrication-and-charge-discharge-reaction-of-all-solid-state-lithium-battery-usi.html",
    ),
    Process(
        "antiperovskite",
        "melt",
        300.0,
        "Li2OHCl melts at 523 to 573 K and fills pores from the melt, "
        "http://preview-www.nature.com/articles/s41467-025-62860-1",
    ),
    Process(
        "lipon",
        "vapour",
        math.nan,
        "sputtered from Li3PO4 in nitrogen, https://www.ephys.kz/journal/vol3/iss2/9/; substrate temperature "
        "not on the page",
    ),
    # Other oxides are sintered, too, but their temperatures range from 600 to 1200 degree C in the rows above.
    Process("oxide", "sintered", math.nan, "no value for oxides outside the families above"),
)

# Cations that build the network of oxide or sulfide glasses (Zachariasen's network formers).
GLASS_FORMERS = frozenset({"B", "Si", "Ge", "P", "As"})


@cache
def _table() -> dict[str, Process]:
    return {row.key: row for row in PROCESSES}


def process_of(class_key: str, family_key: str = "other") -> Process | None:
    """Row of the family, else of the class; None where neither has one."""
    table = _table()
    return table.get(family_key) or table.get(class_key)


def processing_temperatures(class_keys: Sequence[str], family_keys: Sequence[str]) -> np.ndarray:
    """Highest temperature of densification, degree C, NaN where none was read.  # (n,)"""
    rows = [process_of(c, f) for c, f in zip(class_keys, family_keys, strict=True)]
    return np.array([math.nan if row is None else row.temperature for row in rows])


def practical_thicknesses(class_keys: Sequence[str], family_keys: Sequence[str]) -> np.ndarray:
    """Thinnest free-standing separator read for the family or class, micrometre, NaN where none was.  # (n,)"""
    rows = [process_of(c, f) for c, f in zip(class_keys, family_keys, strict=True)]
    return np.array([math.nan if row is None else row.thickness for row in rows])


def glass_former_share(composition: Composition | None) -> float:
    """Share of glass-forming cations (B, Si, Ge, P, As) among the cations other than Li and H, 0 to 1.

    NaN without a composition or such cations, and for classes whose glasses are not networks of O or S.
    """
    if composition is None:
        return math.nan
    amounts = element_amounts(composition)
    charges = anion_charges(amounts)
    network = charges["oxide"] + charges["sulfide"]
    if network <= max(charges["halide"], charges["nitride"], charges["hydride"]):
        return math.nan
    anions = {"O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N", "H", "Li"}
    cations = {symbol: amount for symbol, amount in amounts.items() if symbol not in anions}
    total = sum(cations.values())
    if total <= 0:
        return math.nan
    return sum(amount for symbol, amount in cations.items() if symbol in GLASS_FORMERS) / total
