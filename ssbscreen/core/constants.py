"""Constants that the formulas share: fundamental ones, of units, of distributions, and of lithium metal.

Fundamental constants are those of the SI (exact since 2019) and CODATA 2022, written out because importing them from
scipy costs each start of the command line a tenth of a second; each value of lithium names its source.
"""

from __future__ import annotations

import math
from typing import Final

AVOGADRO: Final[float] = 6.02214076e23  # 1/mol, exact
ELEMENTARY_CHARGE: Final[float] = 1.602176634e-19  # C, exact
FARADAY: Final[float] = 96485.33212331001  # C/mol
BOLTZMANN_EV: Final[float] = 8.617333262145179e-05  # eV/K
COULOMB: Final[float] = 1e10 * ELEMENTARY_CHARGE / (4.0 * math.pi * 8.8541878188e-12)  # eV angstrom
ZERO_CELSIUS: Final[float] = 273.15  # K
ROOM_TEMPERATURE_C: Final[float] = 25.0
COULOMB_PER_MAH: Final[float] = 3.6  # C/mAh
SECONDS_PER_DAY: Final[float] = 86400.0  # s

ANGSTROM3_TO_CM3: Final[float] = 1e-24
UM_TO_CM: Final[float] = 1e-4
GRAM_PER_DALTON: Final[float] = 1.0 / AVOGADRO

Z90: Final[float] = 1.6448536269514722  # half-width of the central 90 % of a normal distribution, standard deviations

# Lithium metal as it enters the stability parameter.
# Source: Ahmad and Viswanathan, Phys. Rev. Lett. 119, 056003 (2017); ACS Cent. Sci. 4, 996 (2018),
# 10.1021/acscentsci.8b00229.
LI_MOLAR_VOLUME: Final[float] = 1.3e-5  # m3/mol
LI_SHEAR_MODULUS: Final[float] = 3.4  # GPa
LI_POISSON_RATIO: Final[float] = 0.42
LI_SURFACE_ENERGY: Final[float] = 0.556  # J/m2
INTERFACE_WAVE_NUMBER: Final[float] = 1e8  # 1/m

# Lithium metal in a cell. The molar mass is IUPAC's conventional value; 0.534 g/cm3 is the handbook density
# and gives 3862 mAh/g and 2062 Ah/L through Faraday's law.
LI_MOLAR_MASS: Final[float] = 6.94  # g/mol
LI_DENSITY: Final[float] = 0.534  # g/cm3
LI_CAPACITY_GRAV: Final[float] = FARADAY / COULOMB_PER_MAH / LI_MOLAR_MASS  # mAh/g
LI_CAPACITY_VOL: Final[float] = LI_CAPACITY_GRAV * LI_DENSITY  # mAh/cm3, the same as Ah/L

# Handbook densities of the current collector metals.
CU_DENSITY: Final[float] = 8.96  # g/cm3
AL_DENSITY: Final[float] = 2.70  # g/cm3
