"""Atomic writing: whole files or none, and nothing left behind."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import InputError
from ssbscreen.files.writing import write_arrays, write_atomic, write_bytes, write_table, write_text


def test_what_is_written_is_read_again(tmp_path):
    write_bytes(b"\x00\xff", tmp_path / "new" / "a.bin")
    write_text("µ", tmp_path / "a.txt")
    write_arrays({"x": np.arange(3), "y": np.zeros((2, 2))}, tmp_path / "a.npz")
    write_arrays({"x": np.arange(3)}, tmp_path / "b.npz", is_compressed=True)
    frame = pd.DataFrame({"x": [1.5, 2.5], "y": ["a", "b"]})
    write_table(frame, tmp_path / "a.parquet")
    write_table(frame, tmp_path / "a.csv")
    assert (tmp_path / "new" / "a.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "µ"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert stored["x"].tolist() == [0, 1, 2]
    with np.load(tmp_path / "b.npz", allow_pickle=False) as stored:
        assert stored["x"].tolist() == [0, 1, 2]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), frame)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), frame)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_a_writing_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_text("first", path)

    def fail(temporary):
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, fail)
    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_table_of_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'a.xls' ends in '.xls'"):
        write_table(pd.DataFrame(), tmp_path / "a.xls")
