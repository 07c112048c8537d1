"""Screening of solid-state battery materials against the full set of criteria."""

import os

__version__ = "0.2.0"

# Threads of torch that wait must sleep: spinning ones make a machine that has other work 30 times slower.
# Read once when torch is loaded, so it stands here; a value that is already set wins.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
