"""Where trainings report, whoever listens: data by name and fingerprint, parameters one by one, a description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ssbscreen.core.dataset import Dataset
from ssbscreen.core.properties import get_property
from ssbscreen.training.card import Credit, Decision, ModelCard
from ssbscreen.training.config import ModelConfig

_WORDS = ("protocol", "limits", "name")  # of a config, given in the description


@dataclass(frozen=True)
class LoggedData:
    """A dataset as a run names it; the rows stay where they are.

    Attributes:
        name, fingerprint, n_rows: of the dataset.
        n_values: column -> how many rows have a value there.
        sources: name of each source -> its origin, a URL or words.
        context: what it was used for, such as "training".
    """

    name: str
    fingerprint: str
    n_rows: int
    n_values: Mapping[str, int]
    sources: Mapping[str, str]
    context: str = "training"

    @classmethod
    def of(cls, dataset: Dataset, credits: tuple[Credit, ...], context: str = "training") -> LoggedData:
        """Facts of a curated dataset; its sources by their credits, or by their names where there are none."""
        sources = {credit.name: credit.origin for credit in credits} or dict.fromkeys(dataset.sources, "")
        counts = {key: int((dataset.column(key) == dataset.column(key)).sum()) for key in dataset.properties}
        return cls(dataset.name, dataset.fingerprint, len(dataset), counts, sources, context)


@dataclass(frozen=True)
class Entry:
    """What the registry of MLflow says about a version of a model.

    Attributes:
        title: of the registered model, a sentence.
        note: of this version, Markdown.
        example: rows of input.
        columns: of the input, all optional -> whether it is a number.
        metrics: scores of the models.
        tags: of the version.
    """

    title: str
    note: str
    example: tuple[Mapping[str, object], ...]
    columns: Mapping[str, bool]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Tracker(Protocol):
    """Where a run writes what happened."""

    def params(self, values: dict[str, object]) -> None:
        """Parameters, once a run."""
        ...

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Numbers, per epoch where a step is given."""
        ...

    def dataset(self, data: LoggedData) -> None:
        """The data of the run, by name and fingerprint."""
        ...

    def note(self, text: str) -> None:
        """Description of the run, Markdown."""
        ...

    def artifact(self, path: Path) -> None:
        """A file, or a folder with its files."""
        ...

    def child(self, name: str) -> AbstractContextManager[Tracker]:
        """A nested run, as a context manager that yields its tracker."""
        ...


class NullTracker:
    """Keeps nothing."""

    def params(self, values: dict[str, object]) -> None:
        """Dropped."""

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Dropped."""

    def dataset(self, data: LoggedData) -> None:
        """Dropped."""

    def note(self, text: str) -> None:
        """Dropped."""

    def artifact(self, path: Path) -> None:
        """Dropped."""

    @contextmanager
    def child(self, name: str) -> Iterator[Tracker]:
        """Itself."""
        yield self


def flat(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested values under dotted names, lists as words; what is empty is left out."""
    found: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            found |= {prefix + key: ", ".join(str(v) for v in value)} if value else {}
        elif value is not None and value != "":
            found[prefix + key] = value
    return found


def config_params(config: ModelConfig) -> dict[str, object]:
    """Parameters of a training, one by one; the words of the config are left to the description."""
    return flat({k: v for k, v in config.model_dump(mode="json").items() if k not in _WORDS})


def score_metrics(card: ModelCard) -> dict[str, float]:
    """Scores of the held-out rows, `test/<what>_<property>`, stored units; a missing one is NaN."""
    found: dict[str, float] = {}
    for key, score in card.scores.items():
        own = {
            "mae": score.mae,
            "mae_median": score.mae_median,
            "mae_baseline": score.mae_baseline,
            "rmse": score.rmse,
            "spearman": score.spearman,
            "coverage_90": score.interval_coverage,
        }
        found |= {f"test/{what}_{key}": float("nan") if value is None else value for what, value in own.items()}
    return found


def card_note(card: ModelCard) -> str:
    """Description of a trained model in Markdown: scores, data, protocol, limits, and why it is active."""
    lines = [
        f"**{card.title}** ({card.architecture}, {card.n_members} members) predicts "
        f"{', '.join(get_property(key).title for key in card.properties)} for a {card.kind}.",
        "",
    ]
    for key, score in card.scores.items():
        row = get_property(key)
        others = [f"median {score.mae_median:.3g}"]
        others += [f"{card.baseline or 'plain baseline'} {score.mae_baseline:.3g}"] if score.mae_baseline else []
        covered = score.interval_coverage
        lines.append(
            f"- {row.title}: mean error {score.mae:.3g} {row.stored_unit} on {score.n} held-out rows "
            f"({', '.join(others)})" + ("" if covered is None else f"; the 90 % interval covers {covered:.0%}")
        )
    lines += [
        "",
        f"**Protocol.** {card.protocol}",
        "",
        "**Data.** "
        + "; ".join(" ".join(filter(None, (_link(c), f"({c.licence})" if c.licence else ""))) for c in card.sources)
        + ".",
    ]
    if card.limits:
        lines += ["", "**Limits**", "", *(f"- {limit}" for limit in card.limits)]
    if card.decision is not None:
        lines += ["", decision_note(card.decision)]
    return "\n".join(lines)


def decision_note(decision: Decision) -> str:
    """Whether a challenger was promoted, and the reasons, in Markdown."""
    verdict = "Promoted" if decision.is_promoted else "Not promoted"
    against = f" against {decision.champion}" if decision.champion else ""
    return "\n".join(
        [
            f"**{verdict}**{against}, {decision.n_new} new rows, margin {decision.margin:.0%}:",
            "",
            *(f"- {reason}" for reason in decision.reasons),
        ]
    )


def _link(credit: Credit) -> str:
    return f"[{credit.name}]({credit.origin})" if credit.origin.startswith("http") else credit.name
