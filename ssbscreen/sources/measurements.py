"""The user's own measurements, as `ssbscreen data import --as measurements` keeps them."""

from __future__ import annotations

from ssbscreen.core.candidate import Records
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.files.data_card import Card, FileCard
from ssbscreen.measurements.rows import SOURCE_NAME
from ssbscreen.measurements.store import MeasurementStore


class Measurements:
    """Reads the current version of the store."""

    name = SOURCE_NAME
    dataset = ""

    @property
    def card(self) -> Card:
        """Card of the current version; the data are the user's own."""
        version = MeasurementStore().current()
        state = "empty" if version is None else f"{version.name}, {version.n_values} values, {version.fingerprint[:16]}"
        return Card(
            name=SOURCE_NAME,
            title=f"measurements imported here ({state})",
            files={"current": FileCard(content="pointer to the active version")},
            origin="imported tables",
            licence="that of its owner",
            cite="each value names its DOI or laboratory",
            may_train=True,
        )

    def load(self) -> Records:
        """All candidates and measurements of the current version.

        Raises:
            DataUnavailable: nothing was imported.
        """
        values = MeasurementStore().values()
        if not values:
            raise DataUnavailable("No measurements were imported; use `ssbscreen data import FILE --as measurements`.")
        return Records(tuple(v.candidate for v in values), tuple(v.measurement for v in values))


SOURCE = Measurements()
