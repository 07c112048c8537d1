"""Command line that all benchmarks share: `--quick` for the smallest sizes, and words where the data are missing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from ssbscreen.core.errors import DataUnavailable


def parse(parser: argparse.ArgumentParser, **quick: object) -> argparse.Namespace:
    """Options as given; those that were not given take these smallest values with `--quick`.

    Args:
        parser: with the options of the benchmark, all with defaults.
        quick: option -> value.
    """
    parser.add_argument("--quick", action="store_true", help="smallest sizes, to see that it runs; no figures to quote")
    if "--quick" in sys.argv[1:]:
        parser.set_defaults(**quick)
    return parser.parse_args()


def run(main: Callable[[], None]) -> None:
    """Run a benchmark; without its data set say so and end well, so that the next one runs."""
    try:
        main()
    except DataUnavailable as error:
        print(f"skipped: {error}")
