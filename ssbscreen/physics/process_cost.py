"""What making a separator costs beside its powder, by its route."""

from __future__ import annotations

from typing import Final

from ssbscreen.core.cathode import Estimate

PROCESS_COSTS: Final[dict[str, Estimate]] = {
    "sintered": Estimate(
        7.5,
        4.0,
        20.0,
        "USD/m2, processing of solid-oxide fuel cells as an estimate of that of 20 um of LLZO, beside 1 to 5 USD/m2 of "
        "powder, Balaish et al., Nat. Energy 6, 227 (2021), 10.1038/s41560-020-00759-5, caption read at "
        "https://techxplore.com/news/2021-03-advancements-solid-state-batteries.html; the range is an assumption",
    )
}
"""Of a separator by its route, without powder; no number was read for the others. Sintering is what makes oxides dear,
inert gas adds little to sulfides (10.1002/ente.201901237, abstract read)."""
