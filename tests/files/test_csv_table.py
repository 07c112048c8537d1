"""Rows of a table are those of its cells, and a missing file is named."""

import pytest

from ssbscreen.core.errors import IntegrityError
from ssbscreen.files.csv_table import csv_rows


def test_cells_keep_commas_quotes_and_the_line_ends_of_other_alphabets(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('name,note\nLi2S,"a, ""b"""\nLiF,"two\nlines\u2028and one"\n', encoding="utf-8", newline="")
    assert csv_rows(path) == [{"name": "Li2S", "note": 'a, "b"'}, {"name": "LiF", "note": "two\nlines\u2028and one"}]


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(IntegrityError, match=r"nowhere\.csv cannot be read"):
        csv_rows(tmp_path / "nowhere.csv")
