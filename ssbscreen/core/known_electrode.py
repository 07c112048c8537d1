"""What is known of cathodes beside the models: measured values, and calculated couples whose two ends are known."""

from __future__ import annotations

from dataclasses import dataclass

from pymatgen.core import Composition


@dataclass(frozen=True, slots=True)
class MeasuredElectrode:
    """One measured value of one cathode.

    Attributes:
        material: as the source names it, with the polymorph where it matters.
        discharged: lithiated state.
        charged: emptied state that a voltage or volume change is of; None where the source does not say.
        property: key of the property table.
        value: in its unit, which is the stored one.
        conditions: cut-off, rate, step, in words.
        is_for_shift: whether a voltage is the mean or the plateau of the whole couple, so that a calculated one of the
            same ends can be compared with it.
        source: DOI or address where it was read.
    """

    material: str
    discharged: Composition
    charged: Composition | None
    property: str
    value: float
    conditions: str
    is_for_shift: bool
    source: str


@dataclass(frozen=True, slots=True)
class CalculatedCouple:
    """A couple of two calculated ends, PBE+U.

    Attributes:
        discharged, charged: compositions of the ends.
        average_voltage: V against Li/Li+, between the two.
        max_delta_volume: unsigned fraction; NaN where the ends are not one host.
        stability_discharge, stability_charge: eV/atom above the hull of the Materials Project; NaN likewise.
        structure: Materials Project id of the discharged host; empty where each end is the lowest of its composition.
    """

    discharged: Composition
    charged: Composition
    average_voltage: float
    max_delta_volume: float
    stability_discharge: float
    stability_charge: float
    structure: str

    @property
    def is_host(self) -> bool:
        """Whether both ends are one host, so that lithium leaves without another structure in between."""
        return self.structure != ""
