"""Files in, a table of predictions out; what cannot be read or predicted stands beside it with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ssbscreen.core.candidate import Candidate, Records, Rejected, n_inputs
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.evidence import Evidence
from ssbscreen.core.number_text import number
from ssbscreen.core.oxidation import charge_remark
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_rejected, write_table
from ssbscreen.screening.candidates.in_type import with_moduli_in_type
from ssbscreen.screening.candidates.pool import load_candidates
from ssbscreen.screening.derived_columns import check_served, with_cited, with_derived
from ssbscreen.screening.electrodes import computed
from ssbscreen.screening.prediction_tables import readable_table, without_prediction


@dataclass(frozen=True)
class PredictOutcome:
    """What `predict` did.

    Attributes:
        n_candidates: candidates that could be read.
        n_predicted: candidates with at least one prediction.
        n_rejected: inputs and candidates rejected.
        rejected: inputs and candidates without a row, with their reasons.
        rejected_path: table of `input, reason`; None where nothing is written.
        table: one row a candidate and property.
    """

    n_candidates: int
    n_predicted: int
    n_rejected: int
    rejected: tuple[Rejected, ...]
    rejected_path: Path | None
    table: pd.DataFrame

    def readable(self) -> pd.DataFrame:
        """The rows as texts, numbers as people read them."""
        rows = self.table
        ends = zip(rows["lower"].map(number), rows["upper"].map(number), strict=True)
        shown = {"candidate": rows["candidate_id"], "property": rows["property"], "value": rows["mean"].map(number)}
        inside = rows["in_domain"].map({True: "yes", False: "no"})
        interval = [f"[{low}, {high}]" for low, high in ends]
        beside = {"unit": rows["unit"], "in domain": inside, "model": rows["model"], "note": rows["note"]}
        return pd.DataFrame(shown | {"90 % interval": interval} | beside)


def predict_files(
    inputs: Sequence[str],
    properties: Sequence[str],
    out: Path | None = None,
    *,
    device: str = "auto",
    structures: Path | None = None,
    evidence: str = "predicted",
    progress: Callable[[str, int, int], None] | None = None,
) -> PredictOutcome:
    """Predict properties for everything that can be read.

    Args:
        inputs: files, folders, data set names, formulas or names in use.
        properties: property keys.
        out: table to write, .csv, .parquet or .json, with a table of what was rejected beside it; nothing when None.
        device: "auto", "cpu" or "cuda".
        structures: file of the structures that electrode pairs in a table name by id.
        evidence: "predicted" for what the models say, "best" for posteriors with what was measured and calculated.
        progress: called with stage, done and total.

    Raises:
        UsageError: no or unknown properties, no such file of structures, or an ending of `out` that is no table.
        InputError: not one candidate could be read and predicted.
    """
    keys = checked_keys(properties)
    if out is not None and out.suffix not in (".csv", ".parquet", ".json"):
        raise UsageError(f"--out '{out.name}' is no table; end it in .csv, .parquet or .json.")
    if structures is not None and not structures.exists():
        raise UsageError(f"--structures '{structures}' does not exist; give the .jsonl.gz file of the electrode pairs.")
    records = load_candidates(inputs, structures=structures)
    table, rejected = predict_records(records, keys, device=device, evidence=evidence, progress=progress)
    rejected_path = None if out is None else out.with_name(f"{out.stem}.rejected.csv")
    if rejected_path is not None:
        write_rejected(rejected, rejected_path)
    if table.empty:
        where = f"; see {rejected_path}" if rejected_path else ""
        first = f" First reason: {rejected[0].input}: {rejected[0].reason}" if rejected else ""
        raise InputError(f"Nothing in {', '.join(inputs)} could be predicted{where}.{first}")
    if out is not None:
        write_table(table, out)
    n_predicted = table["candidate_id"].nunique()
    return PredictOutcome(
        len(records.candidates), n_predicted, n_inputs(rejected), tuple(rejected), rejected_path, table
    )


def predicted(candidates: Sequence[Candidate], keys: Sequence[str], *, evidence: str) -> Predictions:
    """Predictions of candidates that are at hand, as `predict_files` writes them."""
    if evidence != "best":
        found = _predictions(candidates, keys, "auto", None)
    else:
        found = _with_evidence(candidates, _predictions(candidates, computed.sources(keys), "auto", None), keys)[0]
    return with_cited(candidates, found, keys)


def checked_keys(properties: Sequence[str]) -> list[str]:
    """Property keys, each once.

    Raises:
        UsageError: none, one that does not exist, or one that nothing predicts.
    """
    if not properties:
        raise UsageError("No property was asked for; name at least one, such as ionic_conductivity.")
    keys = list(dict.fromkeys(get_property(key).key for key in properties))
    check_served(keys)
    return keys


def predict_records(
    records: Records,
    keys: Sequence[str],
    *,
    device: str = "auto",
    evidence: str = "predicted",
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[pd.DataFrame, list[Rejected]]:
    """One row a candidate and property, and what was rejected or could not be predicted.

    Args:
        records: candidates and what was rejected before.
        keys: of properties, as `checked_keys` gives them.
        device: "auto", "cpu" or "cuda".
        evidence: "predicted" for what the models say, "best" for posteriors with what was measured and calculated.
        progress: called with stage, done and total.
    """
    wanted = computed.sources(keys) if evidence == "best" else keys
    before = predictions = _predictions(records.candidates, wanted, device, progress)
    looked_up: Mapping[str, Evidence] = {}
    if evidence == "best":
        predictions, looked_up = _with_evidence(records.candidates, before, keys)
    predictions = computed.explained(records.candidates, with_cited(records.candidates, predictions, keys))
    table = _remarked(readable_table(predictions, looked_up, before), records.candidates)
    return table, [*records.rejected, *without_prediction(records.candidates, predictions)]


def _with_evidence(
    candidates: Sequence[Candidate], before: Predictions, keys: Sequence[str]
) -> tuple[Predictions, Mapping[str, Evidence]]:
    """Posteriors of the columns that were asked for, and on what they rest.

    Args:
        candidates: n.
        before: predictions of the keys and of what `computed.sources` adds to them.
        keys: asked for.
    """
    from ssbscreen.ranking.facts import facts_of
    from ssbscreen.screening.evidence.resistivity import measured_resistivity
    from ssbscreen.screening.evidence.weighing import expected_of, weigh

    weighed = weigh(candidates, facts_of(candidates), before, expected_of(measured_resistivity()))
    after = computed.follow(before, weighed.predictions)
    return replace(after, by_property={key: after.by_property[key] for key in keys}), weighed.evidence


def _remarked(table: pd.DataFrame, candidates: Sequence[Candidate]) -> pd.DataFrame:
    """Rows whose note says where the formula of a candidate is odd."""
    remarks = {c.candidate_id: charge_remark(c.composition.get_el_amt_dict()) for c in candidates if c.composition}
    notes = [
        "; ".join(filter(None, (str(note), remarks.get(key, ""))))
        for key, note in zip(table["candidate_id"], table["note"], strict=True)
    ]
    return table.assign(note=notes)


def _predictions(
    candidates: Sequence[Candidate], keys: Sequence[str], device: str, progress: Callable[[str, int, int], None] | None
) -> Predictions:
    """What the models say and what is computed, of these properties alone."""
    from ssbscreen.prediction.predictor import predict

    def asked(wanted: Sequence[str], step: Callable[[int, int], None] | None = None) -> Predictions:
        found = predict(candidates, wanted, device=device, progress=step)
        return with_moduli_in_type(candidates, found, lambda built, of: predict(built, of, device=device))

    if not candidates:
        return Predictions((), {})
    step = (lambda done, total: progress("predict", done, total)) if progress else None
    found = computed.completed(candidates, asked(computed.needed(keys), step), keys)
    found = with_derived(candidates, found, keys, asked)
    return replace(found, by_property={key: found.by_property[key] for key in keys})
