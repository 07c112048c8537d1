"""Tables in a terminal: no line longer than it, no word cut, one row a line, the columns asked for there."""

import io

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ssbscreen.cli.main import app
from ssbscreen.core.errors import UsageError
from ssbscreen.files.writing import write_table
from ssbscreen.query.comparison import compared, comparison
from ssbscreen.query.ranking_view import cautions_in, ranking_view
from ssbscreen.query.records import Records
from ssbscreen.query.text_table import TextTable, of_frame, wrapped

WIDTHS = (80, 120, 200)
NAMES = ("Li6.8La2.95Sr0.05Zr1.75Ta0.25O12", "Li7La3Zr2O12", "Li10GeP2S12", "Li6PS5Cl", "Li3YCl6")
CLASSES = ("oxide", "oxide", "sulfide", "sulfide", "halide")
CRITERIA = ("ionic_conductivity", "electronic_resistivity", "p_li_mixed_conducting", "oxidation_limit", "density")


@pytest.fixture(scope="module")
def frame():
    n = len(NAMES)
    rows = pd.DataFrame(
        {
            "rank": pd.array(range(1, n + 1), dtype="Int64"),
            "rank_low": pd.array([1] * n, dtype="Int64"),
            "rank_high": pd.array([870] * n, dtype="Int64"),
            "tie_group": pd.array([1] * n, dtype="Int64"),
            "candidate_id": [f"lit/{name}" for name in NAMES],
            "formula": ["Li136La59SrZr35Ta5O240", "Li7La3Zr2O12", "Li10Ge(PS6)2", "Li6PS5Cl", "Li3YCl6"],
            "label": NAMES,
            "chemistry_class": CLASSES,
            "family": ["garnet", "garnet", "lgps", "argyrodite", "halide_rocksalt"],
            "role": ["separator"] * n,
            "score": np.linspace(0.5, 0.1, n),
            "score_low": np.linspace(0.4, 0.0, n),
            "score_high": np.linspace(0.7, 0.3, n),
            "p_first_10": [0.004, 0.25, 0.1, 0.05, 0.0],
            "p_first_100": [0.75, 0.5, 0.25, 0.1, 0.0],
            "is_made": [True] * n,
            "made_source": ["a paper"] * n,
            "p_all": [0.55] * n,
            "pareto_front": [True] * n,
            "limiting_criterion": list(CRITERIA),
            "coverage": [0.85] * n,
            "in_domain": [True] * n,
            "next_test": ["electronic conductivity by direct-current polarisation"] * n,
        }
    )
    for k, name in enumerate(CRITERIA):
        values = 10.0 ** (np.arange(n) - 4.0 + k)
        rows[f"{name}_value"], rows[f"{name}_low"], rows[f"{name}_high"] = values, values * 0.5, values * 2.0
        rows[f"{name}_desirability"], rows[f"{name}_imputed"] = 0.5, False
    return rows


def words_are_whole(lines, texts):
    """Every word of a text that a line could hold stands in one line."""
    held = {word for line in lines for word in line.split()}
    return {word for text in texts for word in text.split()} <= held


@pytest.mark.parametrize("width", WIDTHS)
def test_a_ranking_fits(frame, width):
    view = ranking_view(Records.of(frame), is_of_pairs=False)
    lines = list(view.lines(width))
    assert max(map(len, lines)) <= width
    assert sum(any(name in line for name in NAMES) for line in lines) == len(frame)  # one row a line
    assert len(lines) <= len(frame) + 4
    assert words_are_whole(lines, NAMES)
    assert all(word in " ".join(lines) for word in ("rank", "candidate", "score", "limited by"))
    shown = set(view.header) - set(view.left_out(width))
    assert len(shown) >= {80: 5, 120: 8, 200: 12}[width]


def test_the_chance_to_be_among_the_first_is_that_of_the_file(frame):
    view = ranking_view(Records.of(frame), is_of_pairs=False, n_first=10)
    assert [row[view.header.index("among first 10")] for row in view.rows] == ["<1%", "25%", "10%", "5%", "0%"]
    assert "place if known" not in view.header
    old = ranking_view(Records.of(frame.drop(columns=["p_first_10", "p_first_100"])), is_of_pairs=False)
    assert {row[old.header.index("among first 100")] for row in old.rows} == {""}


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_reader_should_know_of_a_row_is_said_at_every_width(frame, width):
    assert "caution" not in ranking_view(Records.of(frame), is_of_pairs=False).header
    odd = frame.assign(
        coverage=[0.85, 0.26, 0.5, 0.85, 0.85],
        in_domain=[True, False, True, True, False],
        is_made=[True, True, False, True, True],
    )
    view = ranking_view(Records.of(odd), is_of_pairs=False)
    said = [row[view.header.index("caution")] for row in view.rows]
    assert said == ["", "outside domain, 26% known", "not on record", "", "outside domain"]
    told = "\n".join([*view.lines(width), *cautions_in(view, view.left_out(width))])
    assert all(text in told for text in said)
    beside = list(cautions_in(view, ("caution",)))
    assert beside[0] == "caution, outside domain, 26% known: rank 2"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("asked", [("ionic_conductivity",), ("density", "coverage", "family")])
def test_asked_columns_are_shown_at_every_width(frame, width, asked):
    view = ranking_view(Records.of(frame), asked, is_of_pairs=False)
    text = " ".join(" ".join(view.lines(width)).split())
    assert not {name for name in view.left_out(width) if any(name.startswith(a) for a in asked)}
    assert all(name.split("_")[0] in text for name in asked)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_comparison_of_any_number_fits(frame, width, n):
    views = list(comparison(frame.loc[compared(frame, NAMES[:n])], width))
    lines = [line for view in views for line in view.lines(width)]
    assert max(map(len, lines)) <= width
    assert words_are_whole(lines, [name for name in NAMES if n > 1 and name in NAMES[:n]])
    assert sum("ionic_conductivity" in line for line in lines) == len(views)
    shown = {name for view in views for name in view.header[1:]}
    beside = {"Li7La3Zr2O12", "Li6PS5Cl", "Li3YCl6"}  # reference electrolytes that this ranking holds
    assert shown == set(NAMES[:n]) | (beside if n == 1 else set())


def test_a_comparison_shows_intervals_where_there_is_room_and_values_where_not(frame):
    wide, narrow = (next(comparison(frame.loc[compared(frame, NAMES[:2])], width)) for width in (200, 80))
    assert any("[5e-05, 0.0002]" in row[1] for row in wide.rows)
    assert any(row[1] == "0.0001" for row in narrow.rows)


def test_sentences_wrap_at_blanks_only():
    table = TextTable(
        "", ("voltage", "reaction"), (("0.1", "Li10GeP2S12 + 20 Li -> " + " + ".join(["12 Li2S"] * 9)),), flows=True
    )
    lines = list(table.lines(60))
    assert max(map(len, lines)) <= 60
    assert words_are_whole(lines, [table.rows[0][1]])
    assert max(map(len, wrapped("note: " + "abcdefg " * 40, 60))) <= 60


def test_columns_are_chosen_by_name_and_wrong_ones_refused():
    table = of_frame(pd.DataFrame({"a": ["1"], "b": [None], "c": [2.5]}))
    assert table.chosen(["c", "a"]).rows == (("2.5", "1"),)
    with pytest.raises(UsageError, match="column"):
        table.chosen(["d"])


@pytest.fixture
def run(frame, tmp_path):
    folder = tmp_path / "run"
    (folder).mkdir()
    (folder / "config.yaml").write_text("settings: {screen: separator}\n")
    write_table(frame, folder / "ranking.parquet")
    return folder


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "--run", "{run}"),
        ("query", "--run", "{run}", "--where", "ionic_conductivity > 1e-5 and density < 1e9", "--sort", "-p_all"),
        ("compare", "LLZO", "LGPS", "--run", "{run}"),
        ("compare", "LLZO", "--run", "{run}"),
        ("diff", "{run}", "{run}"),
        ("models", "list"),
        ("models", "properties"),
        ("data", "list"),
        ("pair", "Li6PS5Cl", "NMC811", "--reference", "embedded"),
        ("window", "Li10GeP2S12", "--reference", "embedded"),
        ("show", "LLZO", "--run", "{run}"),
        ("models", "show", "conductivity"),
        ("data", "template", "--out", "{run}/t.csv"),
        ("where",),
    ],
)
def test_verbs_keep_to_the_width(run, width, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    done = CliRunner().invoke(app, [a.format(run=run) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    long = [line for line in done.stdout.splitlines() if len(line) > width]
    assert all(len(line.split()) <= 3 for line in long)  # an address or path, after its key
    assert done.stdout.strip()
    if arguments[0] == "pair":
        assert len(done.stdout.splitlines()) < 45
        assert "mole fraction" not in done.stdout


def test_a_pair_has_one_unit_in_words_table_and_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    picture = tmp_path / "pair.svg"
    call = ["pair", "Li6PS5Cl", "LiCoO2", "--reference", "embedded", "--wide", "--plot", str(picture)]
    done = CliRunner().invoke(app, call, catch_exceptions=False)
    assert "atomic fraction of Li6PS5Cl" in " ".join(done.stdout.split())
    assert "mole fraction" not in done.stdout + picture.read_text()


@pytest.mark.parametrize(
    "asked", [("--columns", "rank,rank_low,p_all"), ("--sort", "-p_all", "--where", "rank_low > 0")]
)
def test_columns_asked_for_by_key_carry_their_titles_and_a_rank_in_draws_its_note(run, asked, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    done = CliRunner().invoke(app, ["query", "--run", str(run), *asked], catch_exceptions=False)
    assert "55%" in done.stdout
    assert "0.55" not in done.stdout
    assert done.stdout.count("55%") == len(NAMES)
    assert "p all" not in done.stdout
    assert "rank low" not in done.stdout
    assert "Rank in draws: place of the row" in " ".join(done.stderr.split())


def test_chosen_and_all_columns_of_a_query(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    call = ["query", "--run", str(run), "--columns", "candidate_id,density"]
    lines = CliRunner().invoke(app, call, catch_exceptions=False).stdout.splitlines()
    assert lines[0].split() == ["density"] or lines[0].split()[:2] == ["candidate", "id"]
    assert all("oxide" not in line for line in lines)
    everything = CliRunner().invoke(app, ["query", "--run", str(run), "--wide"], catch_exceptions=False).stdout
    assert all(c.split("_")[0] in everything for c in CRITERIA)
    comma = CliRunner().invoke(app, [*call, "--format", "csv"], catch_exceptions=False).stdout
    assert comma.splitlines()[0] == "candidate_id,density_value"


@pytest.mark.parametrize("material", ["Al2O3", "Li3PS4"])
def test_a_picture_of_a_window_prints_no_nan(material, tmp_path):
    picture = tmp_path / "window.svg"
    done = CliRunner().invoke(app, ["window", material, "--reference", "embedded", "--plot", str(picture)])
    assert done.exit_code == 0
    assert ">nan" not in picture.read_text()
    assert " nan " not in picture.read_text()


def test_families_stand_by_their_titles_and_asked_for_by_their_keys(frame):
    view = ranking_view(Records.of(frame), is_of_pairs=False)
    families = [row[view.header.index("family")] for row in view.rows]
    assert families[0] == "Garnet"
    assert families[-1] == "halide rocksalt"  # of a run made with another table
    asked = ranking_view(Records.of(frame), ("family",), is_of_pairs=False)
    assert asked.rows[0][asked.header.index("family")] == "garnet"  # what --where takes


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize(
    ("words", "asked_for"),
    [
        (["where"], ("place",)),
        (["models", "potentials"], ("can be", "rests on")),
        (["models", "list"], ("groups", "unit")),
    ],
)
def test_a_table_about_something_shows_it_at_every_width(words, asked_for, width):
    done = CliRunner().invoke(app, words, env={"COLUMNS": str(width)})
    assert done.exit_code == 0
    head = done.stdout.split("──")[0]
    for word in asked_for:
        assert word in head


def test_rows_for_programs_are_those_of_the_table_unless_all_roles_are_asked_for(tmp_path, frame):
    cells = frame.assign(role="pair", candidate_id=[f"{i}|LCO" for i in frame["candidate_id"]])
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "config.yaml").write_text("screen: {role: separator}\n")
    write_table(pd.concat([cells, frame], ignore_index=True), folder / "ranking.parquet")

    def roles(*more):
        call = ["query", "--run", str(folder), "--format", "csv", "--expand", *more]
        done = CliRunner().invoke(app, call, catch_exceptions=False)
        return pd.read_csv(io.StringIO(done.stdout))["role"].value_counts().to_dict()

    n = len(frame)
    assert roles() == {"separator": n}
    assert roles("--top", "2") == {"separator": 2}
    assert roles("--role", "pair") == {"pair": n}
    assert roles("--role", "all") == {"pair": n, "separator": n}
    with pytest.raises(UsageError, match="--format csv"):
        CliRunner().invoke(app, ["query", "--run", str(folder), "--role", "all"], catch_exceptions=False)
