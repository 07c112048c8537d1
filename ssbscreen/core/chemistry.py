"""The table of chemistry classes and families: one row each, read by `core/recognition.py`.

It is longer than a module should be because it is data. A new class or family is one more row; where two
rows fit, the first one wins, so special structure types stand above general groups of compounds.

Class rule: a compound belongs to the anion that carries most of the negative charge (O, S, Se, Te and
imide-like anions count 2, halides 1, nitride 3, BH4 and AlH4 groups 1, N on C 1, so that CN2 has two). On a tie the
order of `CLASSES` decides. Consequences: oxysulfides go by the larger share, argyrodites Li6PS5X are sulfides,
Li3OCl is an oxide, LiNbOCl4 a halide, LiPON an oxide, sulfates and phosphates are oxides. Selenides and
tellurides are filed under `sulfide`, because they share its structures, softness and sensitivity to moisture.
Amides and imides are filed under `hydride` with the other complex hydrides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChemistryClass:
    """One class of electrolytes.

    Attributes:
        key: the one name used everywhere.
        title: as printed in reports.
        description: what belongs to it, in one line.
    """

    key: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Window:
    """The summed amount of a group of elements must lie in [low, high] after scaling."""

    elements: frozenset[str]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A stoichiometry with room for doping, optionally tied to space groups.

    Attributes:
        per: elements whose summed amount is scaled to `amount`.
        amount: the scale, such as 12 anions.
        windows: all must hold after scaling; groups may overlap.
        rest: largest amount of all elements named nowhere in the pattern, as a share of `amount`.
        space_groups: international numbers that fit; empty means any.
        needs_space_group: the pattern holds only when a fitting space group is known.
    """

    per: frozenset[str]
    amount: float
    windows: tuple[Window, ...]
    rest: float
    space_groups: frozenset[int]
    needs_space_group: bool

    @property
    def named(self) -> frozenset[str]:
        """All elements that the pattern names."""
        return self.per.union(*(window.elements for window in self.windows))


@dataclass(frozen=True, slots=True)
class Smarts:
    """A group that a polymer must hold; `is_backbone` asks that its first atom lies on the main chain."""

    query: str
    is_backbone: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """One family of electrolytes or electrode materials.

    Attributes:
        key: the one name used everywhere.
        classes: class keys in which it occurs.
        title: as printed in reports.
        patterns: one of them must hold (inorganic families).
        smarts: one of them must occur in the repeat unit (polymer families).
        aliases: other spellings in data tables, besides key and title; compared by `family_from_label`.
        is_ionic: polymer whose chain carries charges.
    """

    key: str
    classes: tuple[str, ...]
    title: str
    patterns: tuple[Pattern, ...] = ()
    smarts: tuple[Smarts, ...] = ()
    aliases: tuple[str, ...] = ()
    is_ionic: bool = False


# The order settles ties of the charge rule, see above.
CLASSES: tuple[ChemistryClass, ...] = (
    ChemistryClass("sulfide", "Sulfide", "S, Se or Te carries most of the negative charge, halides included"),
    ChemistryClass("hydride", "Hydride", "complex hydrides: borohydrides, closo-borates, alanates, amides"),
    ChemistryClass("halide", "Halide", "F, Cl, Br or I carries most of the negative charge"),
    ChemistryClass("oxide", "Oxide", "O carries most of the negative charge; oxyanion salts and LiPON included"),
    ChemistryClass("nitride", "Nitride", "N carries most of the negative charge"),
    ChemistryClass("polymer", "Polymer", "organic or inorganic chains with a lithium salt or bound anions"),
    ChemistryClass("other", "Other", "phosphides, arsenides, intermetallics, molecular crystals, cyanides"),
)

_LN = "La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu"
_LATE_LN = "Tm Yb Lu"
_AE = "Ca Sr Ba"
_HAL = "F Cl Br I"
_CHALC = "S Se Te"
_OCT = "Sc Ti V Cr Mn Fe Co Ni Cu Zn Y Zr Nb Mo Ru Rh Pd Cd Hf Ta W Re Os Ir Pt Al Ga In Sn Sb Bi Te Mg Tl " + _LN
_REDOX = "Co Ni Mn Cr V Ru Ir Rh Pt"
_GARNET_M = "Zr Hf Ta Nb Sb Bi Te W Sn Mo Ti Al Ga Ge Si Fe In Sc Zn V Mn Cr Ru"
_NASICON_M = "Ti Zr Hf Ge Sn Sb Al Sc In Cr Fe Ga V Y Nb Ta Mn Mg Co Ni Zn Mo W " + _LN
_PEROVSKITE_B = "Ti Zr Hf Nb Ta Al Mg W Sn Sc Ga Cr Fe Mn Co Ni Ru Mo Te Sb V In Cu Zn Re Os Ir Rh"
_HALIDE_M = "Sc Y In Zr Hf Al Ga Fe Cr Ti V Bi Sb Ta Nb Mg Zn Ca Mn " + _LN
_TETRAHEDRAL = "P Ge Si Sn Al Ga Sb As Zn In Ti B"
_LOW_SYMMETRY = range(1, 16)  # ordered approximants of doped compounds
_LAYERED_GROUPS = (12, 151, 160, 162, 164, 166, 186, 194)
_SPINEL_GROUPS = (227, 212, 213, 216, 203, 141, 74, 65)
_PNMA_SUBGROUPS = (62, 33, 31, 26, 19, 14, 11, 7, 6, 4, 2)


def _p(
    per: str,
    amount: float,
    *windows: tuple[str, float, float],
    rest: float = 0.05,
    sg: Iterable[int] = (),
    needs_sg: bool = False,
) -> Pattern:
    bounds = tuple(Window(frozenset(names.split()), low, high) for names, low, high in windows)
    return Pattern(frozenset(per.split()), amount, bounds, rest, frozenset(sg), needs_sg)


def _inorganic(key: str, classes: str, title: str, *patterns: Pattern, aliases: str = "") -> Family:
    names = tuple(name.strip() for name in aliases.split(",") if name.strip())
    return Family(key, tuple(classes.split()), title, patterns, (), names)


def _polymer(key: str, title: str, *smarts: Smarts, aliases: str = "", is_ionic: bool = False) -> Family:
    names = tuple(name.strip() for name in aliases.split(",") if name.strip())
    return Family(key, ("polymer",), title, (), smarts, names, is_ionic)


def _li3mx6(*windows: tuple[str, float, float], sg: Iterable[int], needs_sg: bool = False) -> Pattern:
    """Li3MX6 and Li2MX6 with room for doping; Li3MX6 without further windows fits every M."""
    base = (("Li", 1.6, 3.5), (_HALIDE_M, 0.65, 1.25), ("Cl Br I", 4.5, 6), ("O", 0, 0.5))
    return _p("Cl Br I F O", 6, *base, *windows, sg=sg, needs_sg=needs_sg)


_TRIGONAL, _MONOCLINIC, _ORTHORHOMBIC = range(143, 168), range(3, 16), range(16, 75)

# fmt: off
STRUCTURE_TYPES: tuple[Family, ...] = (
    _inorganic("glass", "sulfide oxide halide", "Glass",
               aliases="thiophosphate glass, glass-ceramic, borate glass,"
               "borosilicate glass, oxysulfide glass, thioborate glass, thiophosphate glass-ceramic, NASICON glass,"
               "oxyhalide amorphous, amorphous chloride, viscoelastic oxychloride glass"),
    _inorganic("garnet", "oxide", "Garnet",
               _p("O F", 12, ("Li", 2.5, 7.8), (f"{_LN} Y {_AE} Na K Mg", 2.4, 3.7), (_GARNET_M, 0.9, 2.9),
                  ("Si Ge", 0, 0.6), rest=0.03),
               aliases="garnet-like, garnet high-entropy, LLZO"),
    _inorganic("boracite", "oxide", "Boracite",
               _p("O", 12, ("B", 3.5, 7.2), (_HAL, 0.7, 1.3), ("Li", 3.3, 5.2), ("Al", 0, 3.2)),
               aliases="boracites"),
    _inorganic("nasicon", "oxide", "NASICON",
               _p("O", 12, ("P As Si", 2.5, 3.15), ("P As", 0.5, 3.15), (_NASICON_M, 1.55, 2.35),
                  ("Li Na K", 0.05, 4.2), rest=0.03),
               aliases="NASICON phosphate, NASICON/monoclinic phosphate, LATP, LAGP"),
    _inorganic("litap2o8", "oxide", "LiTa2PO8 type",
               _p("O", 8, ("Ta Nb", 1.7, 2.2), ("P Si", 0.8, 1.2), ("Li", 0.7, 1.6)), aliases="LiTa2PO8"),
    _inorganic("argyrodite", "sulfide oxide", "Argyrodite",
               _p("S Se Te O Cl Br I", 6, ("Li Cu Ag Na", 5.15, 8.2),
                  (f"{_TETRAHEDRAL} V W Y Nd Zr Nb Ta", 0.8, 1.15),
                  (_CHALC, 3.7, 6.05), ("Cl Br I", 0, 2.05), ("O", 0, 1.3)),
               _p("O Cl Br I", 6, ("Li", 4.9, 6.6), ("P Si Ge", 0.8, 1.15), ("O", 3.8, 5.2),
                  ("Cl Br I", 0.8, 2.05)),
               _p("P", 1, ("S", 3.7, 5.3), ("B", 0.02, 2.1), ("H", 0.08, 8.5), ("Cl Br I", 0, 1.5),
                  ("Li", 4.6, 6.6)),
               _p("S F Cl Br I", 6, ("Li", 5.15, 6.6), ("P", 0.8, 1.15), ("S", 3.7, 5.3), ("F", 0.01, 1.05),
                  ("Cl Br I", 0.15, 2.05)),
               aliases="argyrodites, argyrodite high-entropy, argyrodite borohydride, LPSCl"),
    _inorganic("lgps", "sulfide", "LGPS type",
               _p("S Se Cl Br I O", 12, ("Li", 8.9, 11.6), (_TETRAHEDRAL, 2.75, 3.3), (_CHALC, 10.8, 12),
                  sg=(137, 105), needs_sg=True),
               _p("S Se Cl Br I O", 12, ("Li", 8.9, 11.2), ("Ge Si Sn Al", 0.78, 1.9),
                  ("P As Sb", 1.1, 2.25), (_CHALC, 10.8, 12),
                  sg=(137, 105)), aliases="LGPS"),
    _inorganic("li7p3s11", "sulfide", "Li7P3S11 type",
               _p("S Se O Cl Br I", 11, ("P", 2.85, 3.15), ("Li", 6.3, 7.5), (_CHALC, 9.5, 11))),
    _inorganic("li3ps4", "sulfide", "Li3PS4 (beta, gamma)",
               _p(f"O {_CHALC} {_HAL}", 4, ("P", 0.915, 1.05), ("Li", 2.85, 3.17), (_CHALC, 3, 4), ("O", 0, 1),
                  (_HAL, 0, 0.15), rest=0.03)),
    _inorganic("thio_lisicon", "sulfide", "Thio-LISICON",
               _p("S Se O", 4, ("Li", 2.6, 5.2), (_TETRAHEDRAL, 0.8, 1.2),
                  ("Ge Si Sn Al Ga Sb As Zn In Ti B", 0.05, 1.2), rest=0.03)),
    _inorganic("lisicon", "oxide", "LISICON (Li3PO4 type)",
               _p("O", 4, ("Li", 2.4, 4.4), ("P V As Si Ge S Ti W Mo Al Ga Zn Mg", 0.85, 1.4),
                  ("P V As Si Ge", 0.55, 1.08), rest=0.04),
               _p("O", 4, ("Li", 1.8, 4.0), ("Si Ge", 0.85, 1.15), ("Zn Mg Cd", 0.1, 1.1), rest=0.03)),
    _inorganic("lipon", "oxide nitride", "LiPON",
               _p("P", 1, ("O", 0.9, 4.1), ("N", 0.02, 2.6), ("Li", 0.6, 7), ("Si B", 0, 0.6), rest=0.1),
               aliases="oxonitridophosphate, oxynitride"),
    _inorganic("antiperovskite", "oxide sulfide halide hydride", "Anti-perovskite",
               _p("Li H Na", 3, ("Li", 1.6, 3), (f"O {_CHALC}", 0.8, 1.2), (_HAL, 0.8, 1.2), rest=0.06),
               _p("Li", 3, (f"O {_CHALC}", 0.8, 1.2), ("B", 0.8, 1.2), ("H", 3.5, 4.5)),
               _p("O", 1, ("Li", 3.8, 6.2), ("Cl Br I", 1.8, 4.2)),  # layered and chain relatives LixOX(x-2)
               aliases="hydride antiperovskite, hydroxide halide"),
    _inorganic("pyrochlore", "oxide", "Pyrochlore",
               _p("O F", 7, (f"Li Na K {_AE} {_LN}", 1.5, 2.4), ("Nb Ta Ti Zr Sb W Sn Hf", 1.8, 2.2),
                  ("F", 0.5, 1.3), sg=(227,)),
               _p("O F", 7, (f"Li Na K {_AE} {_LN}", 1.5, 2.4), ("Nb Ta Ti Zr Sb W Sn Hf", 1.8, 2.2),
                  sg=(227,), needs_sg=True)),
    _inorganic("lithium_niobate", "oxide", "LiNbO3 type",
               _p("O", 3, ("Li", 0.85, 1.15), ("Nb Ta", 0.8, 1.15), sg=(161, 167, *_LOW_SYMMETRY))),
    # Apart from the oxides, which conduct by vacancies on the large site that these do not have.
    _inorganic("halide_perovskite", "halide", "Halide perovskite",
               _p(_HAL, 3, ("K Rb Cs Na Ba Tl", 0.6, 1.1), (f"Li {_HALIDE_M}", 0.9, 1.1), ("Li", 0.3, 1.1))),
    _inorganic("perovskite", "oxide", "Perovskite, also layered",
               _p("O F", 3, (f"{_LN} Y {_AE} Na K Ag Pb Bi", 0.2, 1.02), ("Li", 0.02, 0.62),
                  (_PEROVSKITE_B, 0.85, 1.15),
                  (f"Li {_LN} Y {_AE} Na K Ag Pb Bi", 0.3, 1.15)),
               _p("O F", 3, (f"{_LN} {_AE} Na K Pb", 0.9, 1.1), (f"Li {_PEROVSKITE_B}", 0.9, 1.1),
                  ("Li", 0.02, 0.55)),
               _p("O", 4, ("Li", 0.7, 1.1), (f"{_LN} Na", 0.9, 1.1), ("Ti Nb Ta Zr Hf", 0.9, 1.1)),
               _p("O", 7, ("Li", 0.8, 2.1), (f"{_LN} {_AE}", 0.9, 1.1), ("Ti Nb Ta", 1.9, 2.1)),
               _p("O", 10, ("Li", 0.8, 2.2), (f"{_LN} {_AE} Na", 1.8, 2.2), ("Ti Nb Ta", 2.8, 3.2)),
               aliases="layered perovskite"),
    _inorganic("beta_alumina", "oxide", "Beta-alumina",
               _p("O", 17, ("Al Ga", 9.8, 11.4), ("Li Na Mg", 0.5, 1.9)), aliases="beta-alumina"),
    _inorganic("hexaoxometalate", "oxide", "Hexaoxometalate",
               _p("O", 6, ("Li", 6.4, 8.4),
                  ("Sb Bi Nb Ta Ru Os Re Sn Zr Hf Pt Ir Tb Te Pb Ce Pr Mo W", 0.8, 1.2)),
               aliases="hexaoxometalates, hexaoxometallates"),
    _inorganic("antifluorite", "oxide sulfide", "Antifluorite",
               _p(f"O {_CHALC}", 1, ("Li", 1.9, 2.1)),
               _p("O", 4, ("Li", 4.4, 6.6), ("Fe Al Ga Co Mn Zn Ni", 0.7, 1.2)),
                  aliases="antifluorite thiogallate"),
    _inorganic("tavorite", "oxide", "Tavorite",
               _p("P S As", 1, ("O", 3.7, 4.2), ("F", 0.6, 1.2), ("Li Na", 0, 1.4), (_OCT, 0.85, 1.1)),
               aliases="vanadium fluorophosphate"),
    _inorganic("olivine", "oxide", "Olivine",
               _p("O", 4, ("P As", 0.9, 1.1), ("Li Na", 0, 1.15), ("Fe Mn Co Ni Mg", 0.8, 1.1),
                  sg=_PNMA_SUBGROUPS)),
    _inorganic("spinel", "oxide halide", "Spinel",
               _p("O F", 4, ("Li", 0.2, 2.1), (f"Li Ge {_OCT}", 2.7, 3.15), sg=_SPINEL_GROUPS, needs_sg=True),
               _p("O F", 4, ("Li", 0.4, 1.45), ("Mn Ti Ni Co Cr Fe V Rh Al Ga", 1.3, 2.65),
                  (f"Li {_OCT}", 2.75, 3.15),
                  sg=(*_SPINEL_GROUPS, 2, 5, 8, 9, 15, 70, 91, 95, 122)),
               _p("Cl Br I", 4, ("Li", 1.5, 2.4),
                  ("Mg Mn Fe Cd Co Cr V Sc Ti Zn Ni In Ga Al Zr Sm", 0.55, 1.1),
                  sg=_SPINEL_GROUPS, needs_sg=True),
               _p("Cl Br I", 4, ("Li", 1.5, 2.4), ("Mg Mn Fe Cd Co Zn V Cr", 0.35, 1.1),
                  ("Mg Mn Fe Cd Co Cr V Sc Ti Zn Ni In Ga Al Zr", 0.7, 1.1), sg=_SPINEL_GROUPS),
               aliases="spinel titanate, chloride spinel, halospinel"),
    _inorganic("layered", "oxide sulfide", "Layered",
               _p("O F", 2, (_OCT, 0.55, 1.1), ("Li", 0.05, 1.45), (f"Li Na {_OCT}", 1.1, 2.15),
                  sg=_LAYERED_GROUPS, needs_sg=True),
               _p("O", 2, (_REDOX, 0.4, 1.1), ("Ti Nb Mo Ta Zr W", 0, 0.15), ("Li", 0.05, 1.45),
                  (f"Li {_OCT}", 1.1, 2.15),
                  sg=(*_LAYERED_GROUPS, *_LOW_SYMMETRY)),
               _p("S Se", 2, ("Ti V Cr Sn Nb Ta Mo W Zr Hf Co Fe", 0.6, 1.1), ("Li", 0.05, 1.3),
                  sg=(*_LAYERED_GROUPS, 15, 2)),
               aliases="layered Ni-rich, Li-rich layered, layered sulfide"),
    _inorganic("rock_salt", "oxide halide sulfide", "Rock salt, ordered or disordered",
               _p(_HAL, 1, ("Li", 0.95, 1.05)),
               _p(f"O F {_CHALC}", 2, ("Li", 0.1, 1.95), (f"Li Na {_OCT}", 1.85, 2.15), sg=(225, 141, 217),
                  needs_sg=True),
               _p("O F", 2, ("Ti Nb Mo Ta Zr W Hf Sn", 0.15, 1.1), ("Li", 0.5, 1.6),
                  (f"Li {_OCT}", 1.85, 2.15)),
               _p("O F", 2, ("F", 0.1, 1.1), ("Li", 0.8, 1.6), (f"Li {_OCT}", 1.85, 2.15)),
               _p("O", 2, ("Fe Sc In", 0.8, 1.1), ("Li", 0.8, 1.2), sg=(225, 141)),
                  aliases="disordered rock salt, DRX, binary halide"),
    # Without a space group the three symmetries are distinguished by the usual one of the metal and halogen.
    _inorganic("li3mx6_trigonal", "halide", "Li3MX6 halide, trigonal",
               _li3mx6(sg=_TRIGONAL, needs_sg=True),
               _li3mx6(("Cl", 4, 6), ("Y Gd Tb Dy Ho Er", 0.6, 1.25), ("Zr Hf", 0, 0.15), sg=_TRIGONAL),
               _li3mx6(("Cl", 4, 6), ("Zr Hf", 0.55, 1.05), (f"Sc Y {_LN}", 0, 0.15), sg=_TRIGONAL),
               aliases="chloride Li2MCl6, Li2ZrCl6"),
    _inorganic("li3mx6_monoclinic", "halide", "Li3MX6 halide, monoclinic",
               _li3mx6(sg=_MONOCLINIC, needs_sg=True),
               _li3mx6(("Br I", 3, 6), sg=_MONOCLINIC),
               _li3mx6(("Sc In", 0.5, 1.25), sg=_MONOCLINIC),
               aliases="bromide Li3MBr6, Li3MBr6, layered chloride"),
    _inorganic("li3mx6_orthorhombic", "halide", "Li3MX6 halide, orthorhombic",
               _li3mx6(sg=_ORTHORHOMBIC, needs_sg=True),
               _li3mx6(("Zr Hf", 0.15, 0.85), (f"Y {_LN}", 0.15, 0.85), sg=_ORTHORHOMBIC),
               _li3mx6((_LATE_LN, 0.6, 1.25), sg=_ORTHORHOMBIC)),
    _inorganic("ucl3_halide", "halide", "UCl3-type halide",
               _p("Cl Br I", 3, ("La Ce Pr Nd Sm Gd", 0.4, 0.85), ("Li", 0.1, 0.9),
                  ("Ta In Zr Hf Nb Y Sc", 0.02, 0.4)),
               aliases="UCl3-type LaCl3"),
    _inorganic("tetrahalometallate", "halide", "Tetrahalometallate",
               _p(_HAL, 4, ("Li", 0.9, 1.1), ("Al Ga In B", 0.9, 1.1)),
                  aliases="tetrahaloaluminate, tetrahalogallate"),
    _inorganic("oxyhalide", "halide", "Oxyhalide",
               _p(_HAL, 4, ("O", 0.15, 2.6), ("Li", 0.2, 5),
                  ("Nb Ta Zr Hf Al Ga Y In Ti Sc Fe W Mo", 0.4, 2.2), rest=0.1),
               aliases="oxychloride, oxyhalide rock salt"),
    _inorganic("nitride_halide", "nitride halide", "Nitride halide",
               _p("N", 1, (_HAL, 0.2, 4), ("Li", 2.5, 8), rest=0.3), aliases="antifluorite nitride halide"),
)

# Groups of compounds, tried when no structure type fits.
COMPOUND_GROUPS: tuple[Family, ...] = (
    _inorganic("thiophosphate", "sulfide", "Other thiophosphate",
               _p(_CHALC, 1, ("P", 0.1, 0.6), ("Li", 0.05, 5), rest=0.6),
               aliases="thio-phosphate, Li2S-P2S5, thiophosphate halide, thiophosphate iodide, Li2S-P2S5-LiI"),
    _inorganic("thioborate", "sulfide", "Thioborate",
               _p(_CHALC, 1, ("B", 0.15, 0.8), ("Li", 0.05, 5), rest=0.8)),
    _inorganic("thiometallate", "sulfide", "Other thiometallate",
               _p(_CHALC, 1, ("Ge Si Sn Al Ga In Sb As Ti Zr Hf Nb Ta W Mo V Bi Zn Cd", 0.12, 0.9),
                  ("Li", 0.02, 5), rest=0.8),
               aliases="chalcogenidotetrelates, thiostannate, thiosilicate, thioaluminate-silicate"),
    _inorganic("metal_sulfide", "sulfide", "Other metal sulfide",
               _p(_CHALC, 1, (f"{_OCT} Pb U", 0.05, 3), rest=3)),
    _inorganic("phosphate", "oxide", "Other phosphate", _p("O", 1, ("P", 0.12, 0.45), rest=3),
               aliases="phosphates, diphosphate, pyrophosphate, fluorophosphates, lithium phosphate,"
               "vanadyl phosphate"),
    _inorganic("borate", "oxide", "Borate", _p("O", 1, ("B", 0.12, 0.9), rest=3),
               aliases="copper pyroborate, fluorooxoborate"),
    _inorganic("silicate", "oxide", "Silicate or germanate", _p("O", 1, ("Si Ge", 0.1, 0.6), rest=3),
               aliases="sugilites"),
    _inorganic("sulfate", "oxide", "Sulfate", _p("O", 1, (_CHALC, 0.2, 0.4), rest=3)),
    _inorganic("carbonate", "oxide", "Carbonate or oxalate", _p("O", 1, ("C", 0.2, 0.6), rest=3)),
    _inorganic("nitrate", "oxide", "Nitrate or nitrite", _p("O", 1, ("N", 0.25, 0.6), rest=3)),
    _inorganic("molybdate", "oxide", "Molybdate or tungstate", _p("O", 1, ("Mo W", 0.15, 0.5), rest=3),
               aliases="molybdates"),
    _inorganic("vanadate", "oxide", "Vanadate", _p("O", 1, ("V", 0.15, 0.5), rest=3)),
    _inorganic("niobate", "oxide", "Niobate or tantalate", _p("O", 1, ("Nb Ta", 0.1, 0.5), rest=3)),
    _inorganic("titanate", "oxide", "Titanate, zirconate or stannate",
               _p("O", 1, ("Ti Zr Hf Sn", 0.1, 0.6), rest=3), aliases="zirconates"),
    _inorganic("aluminate", "oxide", "Aluminate or gallate", _p("O", 1, ("Al Ga", 0.1, 0.8), rest=3)),
    _inorganic("halate", "oxide", "Perchlorate or halate", _p("O", 1, ("Cl Br I", 0.2, 0.4), rest=3)),
    _inorganic("metal_oxide", "oxide", "Other metal oxide", _p("O", 1, (f"{_OCT} As Pb", 0.1, 1.2), rest=3)),
    _inorganic("fluorometallate", "halide", "Fluorometallate", _p(_HAL, 1, ("F", 0.5, 1), rest=3),
               aliases="fluorides"),
    _inorganic("complex_halide", "halide", "Other complex halide",
               _p(_HAL, 1, ("Li", 0.01, 2),
                  (f"{_HALIDE_M} Cd Co Ni Cu Pb Sn Be Sr Ba K Rb Cs Na Tl P As Ge Si Te Mo W", 0.05, 1.2), rest=1)),
    _inorganic("nitridosilicate", "nitride", "Nitridosilicate", _p("N", 1, ("Si Ge", 0.15, 0.9), rest=3),
               aliases="nitridosilicates"),
    _inorganic("nitridoborate", "nitride", "Nitridoborate", _p("N", 1, ("B", 0.15, 0.9), rest=3),
               aliases="boron nitride"),
    _inorganic("nitridophosphate", "nitride", "Nitridophosphate", _p("N", 1, ("P", 0.15, 0.8), rest=3)),
    _inorganic("cyanamide", "nitride", "Cyanamide or carbodiimide", _p("N", 1, ("C", 0.4, 0.6), rest=9),
               aliases="carbodiimide"),
    _inorganic("nitride", "nitride", "Nitride", _p("N", 1, rest=9),
               aliases="nitrides, lithium nitride, Li3N, nitride sulfide"),
    _inorganic("closo_borate", "hydride", "Closo- or nido-borate",
               _p("B C", 1, ("H", 0.7, 1.6), ("B", 0.6, 1), rest=2),
               aliases="closo-borate, carba-closo-borate, nido-borate, closo/nido-borate, carborate"),
    _inorganic("borohydride", "hydride", "Borohydride", _p("B", 1, ("H", 1.6, 16), rest=9),
               aliases="borohydride amide, borohydride amine, ammonia borane derivative, Mg borohydride amine"),
    _inorganic("amide", "hydride", "Amide or imide", _p("N", 1, ("H", 0.5, 9), rest=9),
               aliases="amide halide"),
    _inorganic("alanate", "hydride", "Alanate", _p("Al", 1, ("H", 2.5, 9), rest=9)),
    _inorganic("phosphide", "other", "Phosphide or arsenide", _p("P As", 1, ("Li", 0.1, 20), rest=9),
               aliases="phosphidosilicate, phosphidoaluminate, phosphidogallate, phosphidoindate, arsenidotetrelate,"
               "phosphidoaluminate/gallate"),
)

_POLYMERS: tuple[Family, ...] = (
    _polymer("single_ion", "Single-ion conductor (bound anion)",
             Smarts("[O-,N-,C-,S-,B-,Al-,P-;!$([*-]~[*+])]"),
             aliases="single-ion conductor, polyanionic", is_ionic=True),
    _polymer("poly_ionic_liquid", "Poly(ionic liquid) (bound cation)", Smarts("[N+,n+,P+,S+;!$([*+]~[*-])]"),
             aliases="poly(ionic liquid)", is_ionic=True),
    _polymer("polysiloxane", "Polysiloxane", Smarts("[Si][OX2][Si]", True), Smarts("[Si][OX2]", True)),
    _polymer("polyphosphazene", "Polyphosphazene", Smarts("P=N", True), Smarts("N=P", True)),
    _polymer("polyphosphate", "Polyphosphate or polyphosphonate", Smarts("P(=O)[OX2]", True),
               Smarts("P(=S)[OX2]", True),
             aliases="polyphosphonate"),
    _polymer("polyborane", "Polyborane or polyborate", Smarts("[BX3]", True)),
    _polymer("polycarbosilane", "Polycarbosilane", Smarts("[Si]", True)),
    _polymer("polycarbonate", "Polycarbonate", Smarts("[CX3](=O)([OX2])[OX2]", True),
             Smarts("[CX4;R]OC(=O)O[CX4;R]", True), aliases="poly(ether carbonate)"),
    _polymer("polyurethane", "Polyurethane or polyurea", Smarts("[CX3](=O)([NX3])[OX2,NX3]", True),
               aliases="polyurethane/urea"),
    _polymer("polyimide", "Polyimide or polyamide", Smarts("[CX3](=O)[NX3]", True), aliases="polyamide"),
    _polymer("polyester", "Polyester", Smarts("[CX3](=O)[OX2]", True)),
    _polymer("polysulfone", "Polysulfone or polysulfoxide", Smarts("[SX4](=O)(=O)", True),
               Smarts("[SX3]=O", True),
             aliases="polysulfoxide"),
    _polymer("polynitrile", "Polynitrile", Smarts("C#N"), aliases="nitrile"),
    _polymer("polyacrylate", "Polyacrylate or polymethacrylate",
               Smarts("[CX4;!$(*[OX2])]C(=O)[OX2,NX3]", True),
             aliases="polymethacrylate, acrylate"),
    _polymer("fluoropolymer", "Fluoropolymer", Smarts("[CX4]F", True), aliases="perfluoropolyether"),
    _polymer("polythioether", "Polythioether or polysulfide", Smarts("[SX2]", True), aliases="polysulfide"),
    _polymer("polyether", "Polyether (PEO type)", Smarts("[OX2]([CX4,c,#0])[CX4,c,#0]", True),
               Smarts("[OX2]([CX4])[CX4]CO[CX4]"),
             aliases="polyether blend, polyglycidyl ether, polyacetal, epoxy, PEO, PEG"),
    _polymer("polyalcohol", "Polyalcohol", Smarts("[OX2H]"), aliases="polyvinyl alcohol"),
    _polymer("polyamine", "Polyamine", Smarts("[NX3;!$(N[C,S]=O)]", True)),
    _polymer("polyvinyl", "Other vinyl or hydrocarbon polymer", Smarts("[CX4][CX4]", True),
               aliases="polyolefin, polystyrene"),
)

# fmt: on

FAMILIES: tuple[Family, ...] = (*STRUCTURE_TYPES, *COMPOUND_GROUPS, *_POLYMERS)
# Structure types whose names say the anions -> name of the same arrangement with others, "" where it has none:
# beta-Li3PO4 and gamma-Li3PS4, for example, share space group 31 and one arrangement of tetrahedra (data/prototypes).
NAMED_BY_ANIONS = {"lisicon": "thio_lisicon", "thio_lisicon": "lisicon", "li3ps4": "lisicon", "lipon": ""}
_TITLES = {family.key: family.title for family in FAMILIES}


def family_title(key: str) -> str:
    """Name of a family as printed, "Garnet" of `garnet`; an unknown key, as of an older run, without underscores."""
    return _TITLES.get(key) or key.replace("_", " ")


def family_titles() -> dict[str, str]:
    """Titles of all families by key."""
    return dict(_TITLES)
