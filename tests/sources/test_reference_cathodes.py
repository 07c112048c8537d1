"""Coatings: their conductivities as films show them, sources, and what a table may not say."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import InputError
from ssbscreen.files.paths import data_dir
from ssbscreen.sources.reference_cathodes import SOURCE

TABLE = data_dir() / "reference_cathodes" / "coatings.csv"


def test_every_coating_has_a_conductivity_with_a_source():
    coatings = {coating.formula: coating.log10_conductivity for coating in SOURCE.load_coatings()}
    assert len(coatings) >= 10
    assert all(
        "10." in e.source or "http" in e.source or "data" in e.source or "assumption" in e.source
        for e in coatings.values()
    )
    # films of lithium niobate 1.3e-7 to 8e-7 S/cm (sources in the table), LiPON about 2e-6: all coatings conduct less
    assert (
        coatings["LiNbO3"].low < np.log10(1.33e-7) < coatings["LiNbO3"].value < np.log10(8e-7) < coatings["LiNbO3"].high
    )
    assert max(e.value for e in coatings.values()) < np.log10(2e-6)


@pytest.mark.parametrize(("value", "message"), [(0.0, "above 0 S/cm"), (1e-3, "low <= value <= high")])
def test_impossible_conductivities_are_refused(tmp_path, value, message):
    table = pd.read_csv(TABLE)
    table.loc[1, "ionic_conductivity"] = value
    table.to_csv(tmp_path / "coatings.csv", index=False)
    with pytest.raises(InputError, match=message):
        SOURCE.load_coatings(tmp_path / "coatings.csv")
