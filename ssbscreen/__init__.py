"""Screening of solid-state battery materials against the full set of criteria.

    import ssbscreen as ssb

    ssb.predict(["Li6PS5Cl", "LLZO"], "ionic_conductivity")
    run = ssb.rank(structures, screen="separator")
    run.ranking, run.candidate("Li6PS5Cl").criteria, run.plot.scores()

Everything else is loaded when it is asked for.
"""

import os
from importlib import import_module
from typing import Any

__version__ = "0.2.0"

# Threads of torch that wait must sleep: spinning ones make a machine that has other work 30 times slower.
# Read once when torch is loaded, so it stands here; a value that is already set wins.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_PLACES = {
    "predict": "predicting",
    "rank": "screens",
    "screen": "screens",
    "load_run": "run",
    "suggest": "run",
    "Run": "run",
    "window": "answers",
    "pair": "answers",
    "Regressor": "estimator",
}
__all__ = ["Regressor", "Run", "__version__", "load_run", "pair", "predict", "rank", "screen", "suggest", "window"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'ssbscreen' has no attribute '{name}'; it has {', '.join(__all__)}")
    return getattr(import_module(f"ssbscreen.interface.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
