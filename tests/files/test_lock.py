"""One process at a time writes to a folder, and a killed one leaves it free."""

import subprocess
import sys

import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.files.lock import only_writer

HOLD_STORE = """
import sys, time
from pathlib import Path
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.training.registry import Registry
with MeasurementStore(Path(sys.argv[1])).importing(), Registry(Path(sys.argv[1])).retraining():
    print("held", flush=True)
    time.sleep(60)
"""
HOLD = """
import sys, time
from pathlib import Path
from ssbscreen.files.lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path):
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="Another process is writing"), only_writer(folder):
            pass
        holder.kill()
    with only_writer(folder):
        pass


def test_a_folder_is_free_again_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="of the work"), only_writer(tmp_path):
        raise ValueError("of the work")
    with only_writer(tmp_path):
        pass


def test_one_process_imports_and_one_retrains_until_it_is_gone(tmp_path, monkeypatch):
    from ssbscreen.measurements import store
    from ssbscreen.training.registry import Registry

    monkeypatch.setattr(store, "_WAIT", 0.1)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_STORE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for held in (store.MeasurementStore(tmp_path).importing, Registry(tmp_path).retraining):
            with pytest.raises(UsageError, match="Wait until it has finished and call this again"), held():
                pass
        with store.MeasurementStore(tmp_path)._lock():  # a quick look or undo is not kept waiting
            pass
        holder.kill()
    with store.MeasurementStore(tmp_path).importing(), Registry(tmp_path).retraining():
        pass
