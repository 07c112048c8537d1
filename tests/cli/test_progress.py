"""Progress of long work: a bar with the time left for people, one line a stage for files."""

import io
import sys

import pytest

from ssbscreen.cli import printing


@pytest.fixture
def heard(monkeypatch):
    def listen(is_terminal):
        stream = io.StringIO()
        stream.isatty = lambda: is_terminal
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "100")
        with printing.progress_bar() as report:
            for done in range(4):
                report("predict", done, 3)
        return stream.getvalue()

    return listen


def test_a_terminal_sees_what_is_left(heard):
    text = heard(True)
    assert "predict" in text
    assert "3/3" in text
    assert "left" in text


def test_a_file_gets_one_line_a_stage(heard):
    assert heard(False) == "predict ...\n"


def test_a_file_hears_of_a_long_stage_again(heard, monkeypatch):
    monkeypatch.setattr(printing, "_SILENT_SECONDS", 0.0)
    assert heard(False) == "predict ...\npredict 1 of 3 ...\npredict 2 of 3 ...\npredict 3 of 3 ...\n"
