"""Criteria, screens and profiles: what is required, how much it counts, and where the threshold comes from.

The file is long because a criterion, a screen and a profile check each other when they are read, field by field.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ssbscreen.core.chemistry import CLASSES
from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY, Property, get_property
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import complaint, read_mapping, validate
from ssbscreen.ranking.eligibility import GATE_KEYS
from ssbscreen.ranking.operating import Operating

GROUPS = ("transport", "electronic", "lithium", "window", "mechanics", "processing", "cost", "cell", "electrode")
CLASS_KEYS = tuple(row.key for row in CLASSES)
MAX_TRANSPORT_WEIGHT = 0.2  # conductivity and all that derives from it count at most a fifth
_MOVED = {
    "limit_factor": "the rows: what a screen names under `vital` falls smoothly to 0 beyond its hard_limit",
    "n_draws": "n_draws of the settings (--config)",
    "temperature_c": "temperature_c of a profile (operating)",
}
Threshold = float | tuple[float, float]


def _known_group(name: str) -> str:
    if name not in GROUPS:
        raise ValueError(str(unknown("group", name, GROUPS)))
    return name


def _known_property(key: str) -> str:
    if key not in PROPERTIES:
        raise ValueError(str(unknown("property", key, PROPERTIES, PROPERTIES_LISTED_BY)))
    return key


def _known_class(key: str) -> str:
    if key not in CLASS_KEYS:
        raise ValueError(str(unknown("chemistry class", key, CLASS_KEYS)))
    return key


def _known_gate(key: str) -> str:
    if key not in GATE_KEYS:
        raise ValueError(str(unknown("gate", key, GATE_KEYS)))
    return key


Group = Annotated[str, AfterValidator(_known_group)]
Gate = Annotated[str, AfterValidator(_known_gate)]
PropertyKey = Annotated[str, AfterValidator(_known_property)]
ClassKey = Annotated[str, AfterValidator(_known_class)]


class Criterion(BaseModel):
    """A requirement on one property.

    Attributes:
        property: key of the property table.
        name: of the columns; the property key unless given.
        group: one of `GROUPS`.
        share: weight inside its group against the group's other criteria; 0 shows without counting.
        direction: max (more is better), min, or window (between two values is best).
        good: natural unit, desirability 1 from here on; a pair for a window.
        bad: natural unit, desirability at the floor from here on; a pair around `good` for a window.
        scale: whether the ramp between them is linear in the value or in its logarithm.
        hard_limit: natural unit; on its wrong side a material does not serve in the role. None for no limit.
        partner: what a material that is bad in this respect needs beside it to serve all the same, in plain words.
        kept: share of its worth that it keeps with that partner; 0 where no partner helps.
        citation: source of the thresholds, or that they are an assumption of the project.
        test: the measurement or computation that would settle the value.
        note: what a reader should know.
        not_for: chemistry classes that it says nothing about; others of its group bear its weight there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    property: PropertyKey
    name: str = ""
    group: Group
    share: float = Field(default=1.0, ge=0.0)
    direction: Literal["max", "min", "window"]
    good: Threshold
    bad: Threshold
    scale: Literal["linear", "log"] = "linear"
    hard_limit: float | None = None
    partner: str = ""
    kept: float = Field(default=0.0, ge=0.0, lt=1.0)
    citation: str = Field(min_length=3)
    test: str = Field(min_length=3)
    note: str = ""
    not_for: tuple[ClassKey, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Criterion:
        if not self.name:
            object.__setattr__(self, "name", self.property)
        if self.direction == "window":
            if not (isinstance(self.good, tuple) and isinstance(self.bad, tuple)):
                raise ValueError("a window needs pairs for good and bad")
            if not self.bad[0] < self.good[0] <= self.good[1] < self.bad[1]:
                raise ValueError(f"a window needs bad[0] < good[0] <= good[1] < bad[1], given {self.bad}, {self.good}")
            if self.hard_limit is not None:
                raise ValueError("a window takes no hard limit; add a second row with direction max or min")
        else:
            if isinstance(self.good, tuple) or isinstance(self.bad, tuple):
                raise ValueError(f"direction {self.direction} needs single numbers for good and bad")
            if (self.good > self.bad) != (self.direction == "max") or self.good == self.bad:
                raise ValueError(f"direction {self.direction} does not fit good {self.good} and bad {self.bad}")
        numbers = [*_numbers(self.good), *_numbers(self.bad)]
        if self.scale == "log" and min(numbers) <= 0:
            raise ValueError("a log scale needs good and bad above 0")
        if self.not_for and self.hard_limit is not None:
            raise ValueError("a criterion with a hard_limit applies to every class; leave out not_for")
        if self.kept and not self.partner:
            raise ValueError(f"kept {self.kept} needs a partner that bears the rest, in words")
        return self


def property_row(criterion: Criterion) -> Property:
    """Row of the property table behind a criterion."""
    return get_property(criterion.property)


def _numbers(threshold: Threshold) -> tuple[float, ...]:
    return threshold if isinstance(threshold, tuple) else (threshold,)


class Screen(BaseModel):
    """Criteria of one role.

    Attributes:
        name: name of its file.
        role: what the candidates are to be, one word; a role is its file and nothing else.
        description: one line.
        gates: keys of the eligibility gates that a candidate of a pool must pass; none for cells, whose electrolytes
            passed those of their own screen.
        computed: properties that the two ends of an electrode give without a model; they go before predictions.
        has_cells: whether ranked candidates are put into cells with every cathode afterwards.
        floor: smallest desirability.
        vital: names of the criteria for which no other one compensates; each has a hard limit. All with one when None.
        min_coverage: rows with less of the weight predicted get no rank.
        groups: weight of each group; they are brought to a sum of 1 when a screen is resolved, never per candidate.
        criteria: at least one.
        shown: further properties whose values stand in the table without counting.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    role: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    gates: tuple[Gate, ...] = ()
    computed: tuple[PropertyKey, ...] = ()
    has_cells: bool = False
    floor: float = Field(default=0.01, gt=0.0, lt=1.0)
    vital: tuple[str, ...] | None = None
    min_coverage: float = Field(default=0.5, ge=0.0, le=1.0)
    groups: dict[Group, float]
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    shown: tuple[PropertyKey, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Screen:
        names = [c.name for c in self.criteria]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"criteria named twice: {', '.join(twice)}; give one of them a name")
        used = {c.group for c in self.criteria if c.share > 0}
        if idle := sorted(set(self.groups) - used):
            raise ValueError(f"groups without a criterion that counts: {', '.join(idle)}")
        for key in {k for c in self.criteria for k in c.not_for}:
            if bare := sorted(used - {c.group for c in self.criteria if c.share > 0 and key not in c.not_for}):
                raise ValueError(f"groups without a criterion that applies to '{key}': {', '.join(bare)}")
        if weightless := sorted({c.group for c in self.criteria} - set(self.groups)):
            raise ValueError(f"groups without a weight: {', '.join(weightless)}")
        if any(w < 0 for w in self.groups.values()) or sum(self.groups.values()) <= 0:
            raise ValueError("group weights must be 0 or more with a positive sum")
        share = self.groups.get("transport", 0.0) / sum(self.groups.values())
        if share > MAX_TRANSPORT_WEIGHT + 1e-9:
            raise ValueError(f"transport weighs {share:.2f} of all groups; at most {MAX_TRANSPORT_WEIGHT} is allowed")
        limited = tuple(c.name for c in self.criteria if c.hard_limit is not None)
        if self.vital is None:
            object.__setattr__(self, "vital", limited)
        elif set(self.vital) != set(limited):
            odd = ", ".join(sorted(set(self.vital) ^ set(limited)))
            raise ValueError(f"vital criteria are those with a hard_limit, and no others; these are only one: {odd}")
        return self

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each criterion; they sum to 1."""
        total = sum(self.groups.values())
        shares = {g: sum(c.share for c in self.criteria if c.group == g) for g in self.groups}
        return tuple(self.groups[c.group] / total * c.share / shares[c.group] for c in self.criteria)


class Override(BaseModel):
    """What a profile changes about a criterion; None keeps the screen's value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    good: Threshold | None = None
    bad: Threshold | None = None
    hard_limit: float | None = None
    share: float | None = Field(default=None, ge=0.0)
    citation: str = Field(min_length=3)


class Profile(BaseModel):
    """An application: how the groups count and under which conditions a cell works.

    Attributes:
        name: name of its file.
        title: as printed.
        description: one line.
        group_weights: replaces the weights of these groups where a screen has them.
        criteria: changes to criteria by name where a screen has them.
        operating: conditions of use.
        citations: of targets behind the numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    description: str
    group_weights: dict[Group, float] = Field(default_factory=dict)
    criteria: dict[str, Override] = Field(default_factory=dict)
    operating: Operating
    citations: tuple[str, ...] = ()

    def at(self, temperature_c: float | Literal["own"]) -> Profile:
        """The same application at another temperature of use, degree C, or with each class at its own."""
        return self.model_copy(update={"operating": self.operating.at(temperature_c)})


def screen_names() -> tuple[str, ...]:
    """Names of the screens in `configs/screens/`."""
    return _names(configs_dir() / "screens")


def profile_names() -> tuple[str, ...]:
    """Names of the profiles in `configs/profiles/`."""
    return _names(configs_dir() / "profiles")


def load_screen(name: str, folder: Path | None = None) -> Screen:
    """Screen of that name, or of a YAML file when `name` ends in .yaml.

    Raises:
        UsageError: no such screen, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    path, values = _read("screen", name, folder or configs_dir() / "screens")
    return validate({"name": path.stem} | values, Screen, path, renamed=_MOVED)


def load_profile(name: str) -> Profile:
    """Profile of that name, or of a YAML file when `name` ends in .yaml; `_base.yaml` gives what it leaves out.

    Raises:
        UsageError: no such profile, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    folder = configs_dir() / "profiles"
    path, values = _read("profile", name, folder)
    base = read_mapping(folder / "_base.yaml")
    merged = base | values | {"operating": base.get("operating", {}) | (values.get("operating") or {})}
    return validate({"name": path.stem} | merged, Profile, path)


def resolve(screen: Screen, profile: Profile) -> Screen:
    """The screen with the profile's thresholds and weights (brought to a sum of 1).

    Transport keeps its ceiling of a fifth: what a profile would give it beyond goes to the other groups.
    """
    groups = {g: profile.group_weights.get(g, w) for g, w in screen.groups.items()}
    total = sum(groups.values())
    groups = {g: w / total for g, w in groups.items()}
    if groups.get("transport", 0.0) > MAX_TRANSPORT_WEIGHT and len(groups) > 1:
        rest = 1.0 - groups["transport"]
        groups = {
            g: MAX_TRANSPORT_WEIGHT if g == "transport" else w / rest * (1.0 - MAX_TRANSPORT_WEIGHT)
            for g, w in groups.items()
        }
    rows = []
    for criterion in screen.criteria:
        override = profile.criteria.get(criterion.name)
        changes = override.model_dump(exclude_none=True) if override else {}
        rows.append(criterion.model_dump() | changes)
    values = screen.model_dump() | {"groups": groups, "criteria": rows}
    try:
        return Screen.model_validate(values)
    except ValidationError as error:
        raise UsageError(
            f"Profile '{profile.name}' does not fit screen '{screen.name}': {complaint(error, Screen)}"
        ) from None


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in folder.glob("*.yaml") if not p.name.startswith("_")))


def _read(kind: str, name: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    given = Path(name)
    if given.suffix in {".yaml", ".yml"}:
        return given, read_mapping(given)
    if name not in _names(folder):
        raise unknown(kind, name, _names(folder))
    return folder / f"{name}.yaml", read_mapping(folder / f"{name}.yaml")
