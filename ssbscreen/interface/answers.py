"""`ssbscreen.window` and `ssbscreen.pair`: answers to single questions, with tables and pictures for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ssbscreen.physics.coatings import CoatingResult
    from ssbscreen.query.answers import PairAnswer, WindowAnswer
    from ssbscreen.query.text_table import TextTable

_WIDTH = 100  # characters of a line
Reference = Literal["auto", "embedded", "measured", "mp", "mp_api"]


def as_text(parts: Iterable[str | TextTable]) -> str:
    """Lines and tables of text as one."""
    lines = [[part] if isinstance(part, str) else list(part.lines(_WIDTH)) for part in parts]
    return "\n".join(line for part in lines for line in part)


@dataclass(frozen=True)
class Window:
    """Electrochemical window of a material.

    Attributes:
        answer: everything that was computed, see `query.answers.WindowAnswer`.
    """

    answer: WindowAnswer

    @property
    def reduction_limit(self) -> float:
        """V against Li/Li+, below which the material takes up lithium; NaN where it is not stable at any voltage."""
        return float(self.answer.profile.stability.reduction_limit[0])

    @property
    def oxidation_limit(self) -> float:
        """V against Li/Li+, above which it gives up lithium; NaN where it is not stable at any voltage."""
        return float(self.answer.profile.stability.oxidation_limit[0])

    @property
    def p_mixed_conducting(self) -> float:
        """Probability that the reaction with lithium metal does not stop."""
        return float(self.answer.outcome.p_mixed_conducting[0])

    @property
    def steps(self) -> pd.DataFrame:
        """Equilibria over the voltage: from and to (V), lithium taken up per formula unit, reaction."""
        import pandas as pd

        rows = [(s.low, s.high, s.li_exchange, s.reaction.text()) for s in self.answer.profile.steps]
        return pd.DataFrame(rows, columns=["low_V", "high_V", "li_per_formula", "reaction"])

    @property
    def record(self) -> dict[str, object]:
        """The answer as plain values."""
        from ssbscreen.query.plain import plain

        names = ("reduction_limit", "oxidation_limit", "p_mixed_conducting", "steps")
        told: dict[str, object] = {"material": self.answer.material.title, "formula": self.answer.material.formula}
        told |= {"reference": self.answer.profile.reference, "remarks": self.answer.remarks}
        return {name: plain(value) for name, value in (told | {name: getattr(self, name) for name in names}).items()}

    def plot(self) -> Figure:
        """Lithium exchange and decomposition energy over the voltage."""
        from ssbscreen.query.answer_figures import window_figure

        return window_figure(self.answer)

    def __str__(self) -> str:
        from ssbscreen.query.answer_text import window_text

        return as_text(window_text(self.answer))


@dataclass(frozen=True)
class Pair:
    """Contact of an electrolyte with a cathode.

    Attributes:
        answer: everything that was computed, see `query.answers.PairAnswer`.
    """

    answer: PairAnswer

    @property
    def contacts(self) -> pd.DataFrame:
        """Contacts with their strongest reaction, eV per atom of the mixture."""
        import pandas as pd

        rows = [
            (c.title, c.diagram.reaction_energy, c.diagram.reactions[c.diagram.worst].text())
            for c in self.answer.contacts
        ]
        return pd.DataFrame(rows, columns=["contact", "reaction_energy_eV_per_atom", "reaction"])

    @property
    def coatings(self) -> pd.DataFrame:
        """Coatings that were tried, the best first; empty where one was named."""
        return _between(self.answer.coatings)

    @property
    def catholytes(self) -> pd.DataFrame:
        """Second electrolytes on the side of the cathode that were tried, the best first; empty where one was named."""
        return _between(self.answer.catholytes)

    @property
    def record(self) -> dict[str, object]:
        """The answer as plain values."""
        from ssbscreen.query.plain import plain

        answer = self.answer
        told: dict[str, object] = {
            "electrolyte": answer.electrolyte.title,
            "cathode": answer.cathode.title,
            "remarks": answer.remarks,
        }
        told |= {"reference": answer.contacts[0].diagram.reference}
        tables = {"contacts": self.contacts, "coatings": self.coatings, "catholytes": self.catholytes}
        return {name: plain(x) for name, x in (told | tables).items()}

    def plot(self) -> Figure:
        """Reaction energy over the mixing ratio of every contact."""
        from ssbscreen.query.answer_figures import pair_figure

        return pair_figure(self.answer)

    def __str__(self) -> str:
        from ssbscreen.query.answer_text import pair_text

        return as_text(pair_text(self.answer))


def _between(found: Sequence[CoatingResult]) -> pd.DataFrame:
    """Materials between electrolyte and cathode, with their reactions (eV/atom) and windows (V)."""
    import pandas as pd

    rows = [(c.formula, c.with_electrolyte, c.with_cathode, c.reduction_limit, c.oxidation_limit) for c in found]
    names = ["formula", "with_electrolyte_eV", "with_cathode_eV", "reduction_limit_V", "oxidation_limit_V"]
    return pd.DataFrame(rows, columns=names)


def window(material: str, *, energy: float | None = None, reference: Reference = "auto") -> Window:
    """Electrochemical window of a formula or a name such as LLZO.

    Args:
        material: formula or name in use.
        energy: formation energy on the scale of the reference, eV/atom; its hull stands in by default.
        reference: competing phases.

    Raises:
        InputError: the name is not known or cannot be computed.
    """
    from ssbscreen.app import questions
    from ssbscreen.screening.hulls.references import load_reference

    return Window(questions.window(material, load_reference(reference), energy))


def pair(
    electrolyte: str,
    cathode: str | None = None,
    *,
    coating: str | None = None,
    catholyte: str | None = None,
    reference: Reference = "auto",
) -> Pair:
    """Reactions of an electrolyte with a cathode, lithiated and half-lithiated.

    Args:
        electrolyte: formula, name, or a pair id such as Li6PS5Cl|NMC811.
        cathode: formula or name, such as NMC811.
        coating: film between them; without one the best is looked for.
        catholyte: second electrolyte on the side of the cathode.
        reference: competing phases.

    Raises:
        InputError: a name is not known or cannot be computed.
    """
    from ssbscreen.app import questions
    from ssbscreen.screening.hulls.references import load_reference

    answer = questions.pair(electrolyte, cathode, coating, load_reference(reference), catholyte=catholyte)
    return Pair(answer)
