"""What was decided about a challenger, and on which figures; kept in the card of the model."""

from __future__ import annotations

from ssbscreen.training.config import Strict


class Contest(Strict):
    """Champion and challenger on one property, stored units; intervals of 95 %.

    Attributes:
        n_test: frozen test rows.
        champion, challenger: mean absolute errors there, bounds counted as 0 on their own side.
        low, high: of the difference challenger minus champion.
        coverage_champion, coverage_challenger: of the 90 % interval on the exact test rows.
        n_new: new rows that were predicted by both.
        new_champion, new_challenger: errors on them, by a challenger that had only seen the other half of the new
            groups.
        new_low, new_high: of their difference.
    """

    property: str
    n_test: int
    champion: float
    challenger: float
    low: float
    high: float
    coverage_champion: float | None = None
    coverage_challenger: float | None = None
    n_new: int = 0
    new_champion: float | None = None
    new_challenger: float | None = None
    new_low: float | None = None
    new_high: float | None = None


class Decision(Strict):
    """Whether a challenger takes the champion's place.

    Attributes:
        is_promoted: whether it does.
        reasons: one a property, in words.
        contests: the figures.
        margin: share of the champion's error by which a challenger may be worse and count as not worse.
        n_new: new rows that were learned from.
        champion: title of the model that was challenged.
    """

    is_promoted: bool
    reasons: tuple[str, ...]
    contests: tuple[Contest, ...]
    margin: float
    n_new: int
    champion: str = ""
