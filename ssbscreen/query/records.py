"""Rows of a table as mappings, for answers that are read and printed without pandas, which takes longer to load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """One row of a ranking: a mapping of columns to values, or a pandas Series."""

    def __getitem__(self, key: str, /) -> Any: ...

    def get(self, key: str, /, default: Any = None) -> Any: ...


@dataclass(frozen=True)
class Records:
    """Some rows of a table.

    Attributes:
        columns: names in the order of the table.
        rows: values by name; missing ones are None or NaN.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Records:
        """Rows of a table in memory."""
        rows = frame.to_dict("records")
        return cls(tuple(map(str, frame.columns)), tuple({str(k): v for k, v in row.items()} for row in rows))

    def frame(self) -> pd.DataFrame:
        """The same rows as a table in memory."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns))
