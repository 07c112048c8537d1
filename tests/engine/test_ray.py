"""Workers of a Ray cluster on the loopback, one of which is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ray = pytest.importorskip("ray")

from ssbscreen.core.errors import UsageError  # noqa: E402
from ssbscreen.engine import ray_workers  # noqa: E402
from ssbscreen.engine.jobs import Job, give_input  # noqa: E402
from ssbscreen.engine.work import done_by_all  # noqa: E402

# a worker that doubles numbers, slowly, and says which process it is
_WORKER = """
import os, sys, time
from pathlib import Path
from ssbscreen.engine.jobs import posted_job
from ssbscreen.engine.work import help_once

folder = Path(sys.argv[1])
(folder / f"pid {os.getpid()}").touch()

def double(job, number):
    time.sleep(0.3)
    return str(2 * int(job.input(number))).encode()

while not (folder / "over").exists():
    job = posted_job(folder)
    if job is None or not help_once(job, double, lambda: True):
        time.sleep(0.05)
"""


@pytest.fixture
def cluster():
    """A head of two cores, as `ray start` makes it."""
    program = str(Path(sys.executable).with_name("ray"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    port = "6399"
    options = ["--head", "--node-ip-address=127.0.0.1", f"--port={port}", "--num-cpus=2", "--include-dashboard=false"]
    subprocess.run([program, "start", *options, "--disable-usage-stats"], timeout=180, **quiet)
    yield f"127.0.0.1:{port}"
    subprocess.run([program, "stop", "--force"], timeout=60, **quiet)


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_is_replaced_and_loses_nothing(cluster, tmp_path, monkeypatch):
    given = tuple(give_input(tmp_path, "double", i, str(i).encode()) for i in range(12))
    job, found = Job(tmp_path, "double", {}, {"double": given}), {}
    monkeypatch.setattr(ray_workers, "command", lambda run: (sys.executable, "-c", _WORKER, run))
    with ray_workers.on_cluster(cluster, tmp_path):
        job.post()
        _wait(lambda: len(_workers(tmp_path)) >= 2)
        os.kill(_workers(tmp_path)[0], signal.SIGKILL)
        _wait(lambda: len(_workers(tmp_path)) >= 3)  # Ray started one in its place
        _wait(lambda: all(job.place(i).is_file() for i in range(len(job))))
        done_by_all(job, lambda *_: pytest.fail("left to the cluster"), lambda i, content: found.update({i: content}))
        (tmp_path / "over").touch()
    assert found == {i: str(2 * i).encode() for i in range(12)}


def test_no_cluster_is_said_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="ray start --head"), ray_workers.on_cluster("127.0.0.1:1", tmp_path):
        pass


def _workers(folder):
    return [int(path.name.split()[1]) for path in sorted(folder.glob("pid *"), key=lambda p: p.stat().st_mtime)]


def _wait(is_met, seconds=120.0):
    until = time.monotonic() + seconds
    while not is_met():
        assert time.monotonic() < until
        time.sleep(0.05)
