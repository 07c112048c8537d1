"""Years of papers whose year is known."""

import pytest

from ssbscreen.curation.publication_year import publication_year


@pytest.mark.parametrize(
    ("reference", "year"),
    [
        ("10.1016/0025-5408(76)90169-0", 1976),
        ("10.1016/S0167-2738(00)00277-0", 2000),
        ("10.1002/anie.200701144", 2007),  # Murugan, Thangadurai, Weppner: LLZO
        ("10.1002/adma.201803075", 2018),  # Asano et al.: Li3YCl6
        ("10.1002/aenm.202002689", 2020),
        ("10.1021/acs.chemmater.6b00610", 2016),  # Wenzel et al.: LGPS on lithium
        ("10.1021/jacs.7b06327", 2017),
        ("10.1021/acs.chemmater.0c03869", 2020),
        ("10.1039/c5ta05432j", 2015),
        ("10.1039/D1TA03042F", 2021),
        ("10.1007/s10853-012-6650-5", 2012),
        ("10.1016/j.ssi.2012.12.013", 2012),
        ("10.1016/j.jssc.2009.05.020", 2009),
        ("10.1038/nmat3066", None),
        ("10.1021/cm504518q", None),
        ("laskowski series 9", None),
        ("", None),
    ],
)
def test_years(reference: str, year: int | None) -> None:
    assert publication_year(reference) == year
