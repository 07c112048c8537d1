"""Job files for Slurm: the shell parses them, and their options are options of sbatch."""

import argparse
import re
import subprocess
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[1] / "configs" / "slurm").glob("*.sh"))
# Source: manual page of sbatch, Slurm 25.05; option -> form of its value
OPTIONS = {
    "--job-name": r"[\w-]+",
    "--array": r"\d+-\d+(%\d+)?",
    "--nodes": r"\d+(-\d+)?",
    "--ntasks": r"\d+",
    "--ntasks-per-node": r"\d+",
    "--cpus-per-task": r"\d+",
    "--mem": r"\d+[KMGT]?",
    "--time": r"(\d+-)?\d{1,2}:\d{2}:\d{2}",
    "--open-mode": r"append|truncate",
    "--output": r"[\w%.-]+",
}
FLAGS = ("--requeue",)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_the_shell_parses_it(path):
    subprocess.run(["bash", "-n", str(path)], check=True)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_sbatch_knows_its_options(path):
    lines = path.read_text().splitlines()
    given = [i for i, line in enumerate(lines) if line.startswith("#SBATCH")]
    assert given
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert max(given) < first, "sbatch reads no option after the first command"
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    for name, form in OPTIONS.items():
        parser.add_argument(name, type=lambda text, form=form: text if re.fullmatch(form, text) else int(""))
    for name in FLAGS:
        parser.add_argument(name, action="store_true")
    for i in given:
        _, unknown = parser.parse_known_args(lines[i].split()[1:])
        assert not unknown


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_its_verbs_and_options_are_ours(path):
    from typer.main import get_command

    from ssbscreen.cli.main import app

    verbs = get_command(app).commands
    calls = re.findall(r"^\s*ssbscreen (\w+) (.*)$", path.read_text(), re.MULTILINE)
    assert calls
    for verb, rest in calls:
        known = {option for parameter in verbs[verb].params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= known
