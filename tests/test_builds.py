"""What is packed into a wheel and an archive of sources: the project, and nothing that a user left in its folder."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRIVATE = (
    "data/measurements/v0001.jsonl.gz",
    "data/cache/imported/mine.candidates.gz",
    "data/cache/candidates/mine.candidates.gz",
    "registry/conductivity/v0001/weights.safetensors",
    "registry/conductivity/state.json",
    "candidates/mine.candidates.gz",
    "measurements/v0001.json",
    "runs/default/ranking.parquet",
    "mlruns/1/secret.txt",
    "mlflow.db",
    "optuna.db",
    "measured.csv",
    "data/measured.csv",
    "data/measured.rejected.csv",
    "configs/models/conductivity_tuned.yaml",
    "ssbscreen/sources/.secret.csv",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The project as an archive unpacks it (no .gitignore that would hide anything), with a user's things inside."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("ssbscreen", "configs", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("cache", "__pycache__"))
    (folder / "models").symlink_to(ROOT / "models")
    (folder / "tests").mkdir()
    (folder / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in PRIVATE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("private")
    return folder


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_nothing_private_is_packed(house, kind):
    packed = files_of(house, kind)
    assert not packed & set(PRIVATE)
    assert {"ssbscreen/cli/main.py", "configs/defaults.yaml", "data/literature/electrolytes.csv"} <= packed
    assert {
        "ssbscreen/query/report/page.html.j2",
        "ssbscreen/query/report/main.js",
        "data/mp_crystals/card.yaml",
        "models/conductivity/card.yaml",
    } <= packed


def files_of(house: Path, kind: str) -> set[str]:
    """Paths that the build backend would pack."""
    if kind == "wheel":
        from hatchling.builders.wheel import WheelBuilder as Builder
    else:
        from hatchling.builders.sdist import SdistBuilder as Builder
    return {file.relative_path for file in Builder(str(house)).recurse_included_files()}
