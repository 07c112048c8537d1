"""The only file that imports Ray: processes of a cluster that work on a run as those of this machine do."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ssbscreen.core.errors import UsageError

log = logging.getLogger(__name__)
_SECONDS_TO_ANSWER = 5.0
_ENVIRONMENT = {"env_vars": {"OMP_NUM_THREADS": "1"}}


@contextmanager
def on_cluster(address: str, run: Path) -> Iterator[None]:
    """One worker on every free core of a cluster, or on every free GPU where the cluster has any.

    All nodes need this package in the same version and the folder of the run under the same path. A worker that is
    lost is started again by Ray; its unit is free for others at once.

    Args:
        address: of the cluster, such as "auto" on one of its nodes, or "HOST:6379".
        run: folder, on a disk that all nodes reach.

    Raises:
        UsageError: Ray is not installed, or there is no cluster at the address.
    """
    if find_spec("ray") is None:
        raise UsageError("--ray-address needs Ray: pip install 'ssbscreen[ray]'. --workers works without it.")
    import ray

    _refuse_silence(address)
    try:
        ray.init(address=address, runtime_env=_ENVIRONMENT, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"No Ray cluster answers at '{address}' ({reason}); start one by `ray start --head`."
        ) from error
    try:
        free = ray.available_resources()
        n_gpus, n_cores = int(free.get("GPU", 0)), int(free.get("CPU", 0))
        n = n_gpus or max(n_cores, 1)
        remote = ray.remote(num_cpus=1, num_gpus=1 if n_gpus else 0, max_retries=-1, retry_exceptions=True)(_work)
        tasks = [remote.remote(command(str(run.resolve()))) for _ in range(n)]
        log.info("Ray: %d workers at %s", n, address)
        try:
            yield
        finally:
            for task in tasks:
                ray.cancel(task, force=True)
    finally:
        ray.shutdown()


def _refuse_silence(address: str) -> None:
    """Ray itself waits for minutes where nothing listens."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), _SECONDS_TO_ANSWER).close()
        except OSError as error:
            raise _none_at(address, error.strerror or str(error)) from error


def _none_at(address: str, reason: str) -> UsageError:
    return UsageError(f"No Ray cluster answers at '{address}' ({reason}); start one by `ray start --head`.")


def command(run: str) -> Sequence[str]:
    """What a process of the cluster executes; the command line knows what the stages are."""
    return (sys.executable, "-m", "ssbscreen.cli.main", "work", run)


def _work(words: Sequence[str]) -> None:
    """Run a worker as a process of its own; a lost one is an error, which Ray answers by starting it again."""
    import subprocess

    subprocess.run(list(words), check=True)
