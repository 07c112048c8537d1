"""One process at a time writes to a folder, and a killed one leaves it free."""

import subprocess
import sys

import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.files.lock import only_writer

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
