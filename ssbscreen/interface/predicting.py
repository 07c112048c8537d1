"""`ssbscreen.predict`: properties of whatever a Python session holds."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ssbscreen.core.candidate import Records, Rejected
from ssbscreen.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3  # reasons in a warning


def predict(
    materials: object,
    properties: str | Sequence[str],
    *,
    evidence: Literal["predicted", "best"] = "predicted",
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> pd.DataFrame:
    """Properties with 90 % intervals, one row a material and property, as `ssbscreen predict` writes them.

    Args:
        materials: pymatgen structures, ASE atoms, compositions, formulas, names in use, SMILES of repeat units, paths,
            a Series of them, or a DataFrame with the columns of a candidate table; see `readers.objects`.
        properties: keys such as ionic_conductivity or oxidation_limit, computed ones too.
        evidence: "predicted" for what the models say, "best" with measured and calculated values beside them.
        device: where the networks run.

    Returns:
        Columns candidate_id, property, mean, std, lower, upper, unit, in_domain, model, note; values of log-scaled
        properties in log10 of the unit. `attrs["rejected"]` lists what could not be read or predicted, with reasons,
        and a warning says so.

    Raises:
        UsageError: a property that does not exist or that nothing predicts, or nothing to predict for.
        InputError: not one material could be read and predicted.
    """
    from ssbscreen.app.predict import checked_keys, predict_records

    keys = checked_keys([properties] if isinstance(properties, str) else properties)
    records = read(materials)
    table, rejected = predict_records(records, keys, device=device, evidence=evidence)
    if table.empty:
        raise InputError(f"Nothing could be predicted. {_reasons(rejected)}")
    said = {(one.input, one.reason) for one in records.rejected}
    warn([one for one in rejected if (one.input, one.reason) not in said])
    table.attrs["rejected"] = [(one.input, one.reason) for one in rejected]
    return table


def read(materials: object) -> Records:
    """Candidates of what a user gives; a warning says what was rejected.

    Raises:
        UsageError: nothing was given.
        InputError: not one could be read.
    """
    from ssbscreen.readers.objects import candidates_of

    records = candidates_of(materials)
    if not records.candidates:
        raise InputError(f"Nothing could be read. {_reasons(records.rejected)}")
    warn(records.rejected, depth=4)
    return records


def warn(rejected: Sequence[Rejected], depth: int = 3) -> None:
    """Say what was rejected or not predicted, where anything was; `depth` calls above stands the user's line."""
    if rejected:
        warnings.warn(f"{len(rejected)} without a prediction. {_reasons(rejected)}", stacklevel=depth)


def _reasons(rejected: Sequence[Rejected]) -> str:
    more = f" ... and {len(rejected) - _SHOWN} more" if len(rejected) > _SHOWN else ""
    return "; ".join(f"{one.input}: {one.reason}" for one in rejected[:_SHOWN]) + more
