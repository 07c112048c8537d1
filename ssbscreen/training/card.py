"""What stands on the card of a trained model: data, scores, calibration, and why it replaced the one before."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from ssbscreen.training.config import Strict

RANDOM_SPLIT = "random"  # name of an other split with every row as its own group


class Credit(Strict):
    """Where training data came from."""

    name: str
    licence: str = ""
    citation: str = ""
    origin: str = ""


class GroupCoverage(Strict):
    """How often the 90 % interval of one chemistry class or family holds the measured value, exact test rows.

    Attributes:
        group, label: "class" and "sulfide", or "family" and "garnet".
        n, n_clusters: exact rows, and different compositions among them.
        coverage: observed.
        low, high: 95 % binomial interval of the coverage, rows of one composition counted as a cluster.
        is_right: whether 90 % lies between them; None for fewer than 30 rows, which decide nothing.
    """

    group: str
    label: str
    n: int
    n_clusters: int
    coverage: float
    low: float
    high: float
    is_right: bool | None = None


class ReliabilityPoint(Strict):
    """Nominal coverage of a central interval and the share of exact test rows that it holds."""

    nominal: float
    observed: float


class StdBin(Strict):
    """Exact test rows of similar stated std: the root of their mean variance, and the error found."""

    n: int
    std: float
    rmse: float


class SharedError(Strict):
    """How much of the error of a property all members of a class or family have in common.

    Variance components of held-out errors in units of the stated std, restricted maximum likelihood; classes, families
    within a class, compositions within a family, and the rest.

    Attributes:
        class_share, family_share: of the variance; 0 where fewer than three groups leave it untold.
        n, n_classes, n_families: exact test rows behind them, and their groups.
    """

    class_share: float = Field(default=0.0, ge=0, le=1)
    family_share: float = Field(default=0.0, ge=0, le=1)
    n: int = 0
    n_classes: int = 0
    n_families: int = 0


class Tails(Strict):
    """Half widths of the central 90 % interval on each side of a prediction, by quantile regression of held-out errors.

    Attributes:
        below, above: scale and power: the half width is scale std ** power, stored units.
        n: exact test rows behind them.
        share_below, share_above: of the rows beyond, those of one fold by the fit to the others; 0.05 each is right.
    """

    below: tuple[float, float]
    above: tuple[float, float]
    n: int
    share_below: float
    share_above: float


class SplitScore(Strict):
    """Score of a training under another split of the same rows, which the config asks for by name.

    Attributes:
        split: its name in the config.
        n: test rows.
        mae, mae_median: as in `Score`.
    """

    split: str
    n: int
    mae: float
    mae_median: float


class Score(Strict):
    """Error of one property on the test part, stored units; missing where it was not computed.

    Attributes:
        n: test rows; n_censored of them are bounds.
        mae: of the ensemble, bounds counted as 0 on their own side, else the distance.
        mae_exact, mae_bounds: the same of exact rows and of bounds alone; None where there are no bounds.
        rmse, spearman: of the exact rows.
        mae_median, mae_baseline: of the training median and of the plain baseline on the same rows.
        interval_coverage: share of exact test rows inside the central 90 % interval.
        mean_std: mean stated standard deviation.
        spearman_error_std: rank correlation of |error| and stated std over the exact rows.
        reliability: nominal against observed coverage.
        by_std: error found in five bins of rising stated std.
        group_coverage: coverage of each chemistry class and family among the test rows.
        shared: part of the error that a class and a family have in common; None where it was not computed.
        tails: how far errors reach on each side; None where the interval is symmetric.
        other_splits: scores under the config's `other_splits`.
    """

    n: int
    n_censored: int = 0
    mae: float
    mae_exact: float | None = None
    mae_bounds: float | None = None
    rmse: float | None = None
    spearman: float | None = None
    mae_median: float
    mae_baseline: float | None = None
    interval_coverage: float | None = None
    mean_std: float
    spearman_error_std: float | None = None
    reliability: tuple[ReliabilityPoint, ...] = ()
    by_std: tuple[StdBin, ...] = ()
    group_coverage: tuple[GroupCoverage, ...] = ()
    shared: SharedError | None = None
    tails: Tails | None = None
    other_splits: tuple[SplitScore, ...] = ()

    @property
    def mae_random_split(self) -> float | None:
        """Of a training on a random split, which the config asks for under that name among its `other_splits`."""
        return next((other.mae for other in self.other_splits if other.split == RANDOM_SPLIT), None)

    @property
    def is_better(self) -> bool:
        """Whether the model beats the median and, where there is one, the plain baseline."""
        return self.mae < self.mae_median and (self.mae_baseline is None or self.mae < self.mae_baseline)


class Calibration(Strict):
    """Factors on the stds of one property, fitted on the calibration rows; see `training.calibration`.

    Attributes:
        aleatoric, epistemic: of all rows.
        floor: least total std, stored units.
        n: calibration rows.
        by_class: a further factor on both stds of each chemistry class; empty where one calibration serves all.
    """

    aleatoric: float = Field(default=1.0, ge=0)
    epistemic: float = Field(default=1.0, ge=0)
    floor: float = Field(default=0.0, ge=0)
    n: int = 0
    by_class: dict[str, float] = Field(default_factory=dict)


class ErrorCorrelation(Strict):
    """Correlation of the errors of two properties on the calibration rows."""

    first: str
    second: str
    value: float = Field(ge=-1, le=1)


class Comparison(Strict):
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
        comparisons: the figures; cards written before 30 November 2026 call them `contests`.
        margin: share of the champion's error by which a challenger may be worse and count as not worse.
        n_new: new rows that were learned from.
        champion: title of the model that was challenged.
    """

    is_promoted: bool
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = Field(validation_alias=AliasChoices("comparisons", "contests"))
    margin: float
    n_new: int
    champion: str = ""


class ModelCard(Strict):
    """What a trained model is, what it was trained on and how good it is.

    Attributes:
        kind: "crystal", "composition" or "polymer": what a candidate must have.
        n_parameters: fitted numbers of one member: trained parameters, and the buffers that `fit` filled (training
            rows, factors and trees of processes and forests count); scale of the targets and domain do not.
        n_rows: rows of train, validation, calibration and test.
        weights_sha256: hash of the weights file, checked on loading.
        decision: why it took the place of the model before it; None for a model that replaced none.
        measurements: version of the imported measurements that it learned from; empty when it learned from none.
    """

    name: str
    version: str
    kind: str
    properties: tuple[str, ...]
    architecture: str
    n_members: int
    n_parameters: int
    priority: int = 0
    sources: tuple[Credit, ...]
    protocol: str
    dataset_fingerprint: str
    n_rows: dict[str, int]
    seed: int
    packages: dict[str, str]
    scores: dict[str, Score]
    baseline: str = ""
    calibration: dict[str, Calibration]
    correlation: tuple[ErrorCorrelation, ...] = ()
    domain_threshold: dict[str, float]
    training_seconds: float
    trained_on: str = ""
    limits: tuple[str, ...] = ()
    weights_sha256: str = ""
    decision: Decision | None = None
    measurements: str = ""

    @property
    def title(self) -> str:
        """Name and version, as predictions state their origin."""
        return f"{self.name} {self.version}"

    @property
    def is_better(self) -> bool:
        """Whether every property beats the median and the plain baseline on the test part."""
        return all(score.is_better for score in self.scores.values())
