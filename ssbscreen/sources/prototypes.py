"""Structure types of battery materials, one file each in `data/prototypes/`."""

from __future__ import annotations

import functools

from ssbscreen.core.candidate import Candidate, Records
from ssbscreen.core.errors import IntegrityError, unknown
from ssbscreen.download.data_set import DataSet
from ssbscreen.files.paths import data_dir
from ssbscreen.readers.prototype_file import Prototype, read_prototype


@functools.cache
def load_prototypes() -> tuple[Prototype, ...]:
    """All prototypes of `data/prototypes/`, sorted by name."""
    folder = data_dir() / "prototypes"
    paths = sorted(path for path in folder.glob("*.yaml") if path.name != "card.yaml")
    if not paths:
        raise IntegrityError(f"No prototype files in {folder}; the checkout is incomplete.")
    return tuple(read_prototype(path) for path in paths)


def prototype(name: str) -> Prototype:
    """The prototype of that name.

    Raises:
        UsageError: there is none; the nearest are named.
    """
    for row in load_prototypes():
        if row.name == name:
            return row
    raise unknown("prototype", name, (row.name for row in load_prototypes()), "one file each in data/prototypes")


class Prototypes(DataSet):
    """The prototypes themselves as known candidates."""

    name = "prototypes"
    dataset = "prototypes"

    def load(self) -> Records:
        """One candidate a structure type, in its primitive cell; no measurements."""
        return Records(
            tuple(
                Candidate(
                    candidate_id=f"proto/{row.name}",
                    crystal=row.primitive.crystal,
                    composition=row.composition,
                    source=self.name,
                    is_known=True,
                    family_hint=row.record.family,
                    provenance=f"structure type {row.record.title}: {row.record.reference.text}",
                    label=row.record.title if row.record.title.endswith(f"-{row.record.formula}") else "",
                    space_group=row.record.space_group.number,
                    prototype=row.name,
                )
                for row in load_prototypes()
            )
        )


SOURCE = Prototypes()
