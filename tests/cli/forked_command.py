"""The command line in children of one process that has loaded it; a fresh interpreter for each call takes seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_PARENT = """
import json, os, signal, sys, traceback
from ssbscreen.cli import main
import ssbscreen.app.data, ssbscreen.app.predict, ssbscreen.app.questions

def call(asked):
    signal.alarm(300)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), number)
    os.chdir(asked["cwd"])
    os.environ.update(asked["env"])
    sys.argv = ["ssbscreen", *asked["arguments"]]
    try:
        main.main()
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = call(json.loads(line))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Done(NamedTuple):
    """What a call left behind."""

    returncode: int
    stdout: str
    stderr: str


class ForkedCommand:
    """The process; each call is a child of it with its own folder, environment and output."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._n = folder, 0
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PARENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"COLUMNS": "200"},  # which consoles read when they are made
        )
        assert self._process.stdout.readline() == "ready\n"

    def __call__(self, *arguments: object, cwd: Path, **env: str) -> Done:
        """Exit code and output of `ssbscreen ARGUMENTS`, called in a folder."""
        self._n += 1
        said = {name: self._folder / f"{self._n}.{name}" for name in ("stdout", "stderr")}
        own = {"SSBSCREEN_CACHE": str(cwd / "cache"), "PWD": str(cwd)}
        asked = {"arguments": [str(a) for a in arguments], "cwd": str(cwd), "env": dict(os.environ) | own | env}
        print(
            json.dumps(asked | {name: str(path) for name, path in said.items()}), file=self._process.stdin, flush=True
        )
        code = int(self._process.stdout.readline())
        return Done(code, *(path.read_text(encoding="utf-8") for path in said.values()))

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
