"""Tables of measurements: what is read, what is rejected and why, and a store that survives being killed."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from ssbscreen.core.candidate import Bound
from ssbscreen.core.errors import InputError, IntegrityError, UsageError
from ssbscreen.measurements.files import NAMES, read_table, write_template
from ssbscreen.measurements.rows import read_measurements
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.sources.measurements import Measurements

GOOD = {
    "composition": "Li7La3Zr2O12",
    "property": "ionic_conductivity",
    "value": "3e-4",
    "unit": "S/cm",
    "temperature": "25",
    "laboratory": "ours",
}


def table(path, *rows):
    pd.DataFrame([GOOD | row for row in rows]).to_csv(path, index=False)
    return path


def test_the_example_of_the_template_is_no_measurement(tmp_path):
    for name in ("t.csv", "t.xlsx"):
        write_template(tmp_path / name)
        values, rejected = read_measurements(tmp_path / name)
        assert not values
        assert "example of the template" in rejected[0].reason


def test_a_filled_template_is_accepted(tmp_path):
    write_template(tmp_path / "t.csv")
    frame = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False).assign(sample_id="mine")
    frame.to_csv(tmp_path / "t.csv", index=False)
    values, rejected = read_measurements(tmp_path / "t.csv")
    assert (len(values), rejected) == (1, ())
    assert values[0].measurement.value == pytest.approx(-3.387, abs=1e-3)
    assert values[0].candidate.space_group == 230


def test_an_unknown_unit_names_those_that_the_property_takes(tmp_path):
    _, rejected = read_measurements(table(tmp_path / "m.csv", {"unit": "siemens"}))
    assert "ionic_conductivity takes S/cm, mS/cm" in rejected[0].reason
    assert "GPa" not in rejected[0].reason


def test_a_row_that_stands_twice_counts_once(tmp_path):
    values, rejected = read_measurements(table(tmp_path / "m.csv", {}, {"value": "4e-4"}, {}))
    assert len(values) == 2
    assert "line 2" in rejected[0].reason


@pytest.mark.parametrize("text", ["298", "298.15", "323.15", "373"])
def test_kelvin_without_a_unit_is_asked_about(tmp_path, text):
    values, rejected = read_measurements(table(tmp_path / "m.csv", {"temperature": text}))
    assert not values
    assert f"'{text} K' or '{text} C'" in rejected[0].reason


@pytest.mark.parametrize(
    ("text", "celsius"), [("298.15 K", 25.0), ("300 C", 300.0), ("60 \u00b0C", 60.0), ("400", 400.0)]
)
def test_a_temperature_may_carry_its_unit(tmp_path, text, celsius):
    (value,), _ = read_measurements(table(tmp_path / "m.csv", {"temperature": text}))
    assert value.measurement.temperature_c == pytest.approx(celsius)


@pytest.mark.parametrize(
    ("value", "unit", "stored"),
    [
        ("0.3 mS/cm", "", -3.523),
        ("0.3 mS/cm", "mS cm^-1", -3.523),
        ("1,2E-4 S cm^-1", "", -3.921),
        ("１．２×１０－４", "S/cm", -3.921),
        ("1.2x10-4 S/cm", "", -3.921),
        ("4 kΩcm", "", -3.602),
    ],
)
def test_a_value_may_carry_its_unit(tmp_path, value, unit, stored):
    (found,), _ = read_measurements(table(tmp_path / "m.csv", {"value": value, "unit": unit}))
    assert found.measurement.value == pytest.approx(stored, abs=1e-3)


def test_two_units_that_differ_are_refused(tmp_path):
    values, rejected = read_measurements(table(tmp_path / "m.csv", {"value": "0.3 mS/cm", "unit": "S/cm"}))
    assert not values
    assert "unit of the column" in rejected[0].reason


def test_columns_and_origins_as_others_write_them(tmp_path):
    text = "Sample,Formula,Property,Value,Units,T (K),DOI\na,Li6PS5Cl,Ionic conductivity,1.9,mS/cm,298.15,{}\n"
    for doi in ("10.1021/acs.x", "doi:10.1021/acs.x", "https://doi.org/10.1021/acs.x"):
        (tmp_path / "m.csv").write_text(text.format(doi))
        (found,), _ = read_measurements(tmp_path / "m.csv")
        assert found.measurement.value == pytest.approx(-2.721, abs=1e-3)
        assert found.measurement.temperature_c == pytest.approx(25.0)
        assert (found.measurement.reference, found.candidate.label) == ("10.1021/acs.x", "a")


def test_a_wide_table_is_told_what_a_row_holds(tmp_path):
    (tmp_path / "m.csv").write_text("composition,\u03c3 (S/cm),Ea (eV)\nLi6PS5Cl,1e-3,0.3\n")
    with pytest.raises(InputError, match="A row holds one value"):
        read_measurements(tmp_path / "m.csv")


def test_csv_excel_and_json_say_the_same(tmp_path):
    rows = [GOOD, GOOD | {"value": "<1e-9", "composition": "LiF"}, GOOD | {"value": "0.4", "unit": "mS/cm"}]
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    (tmp_path / "a.json").write_text(json.dumps(rows))
    found = [
        [(v.candidate.formula, v.measurement.value, v.measurement.bound) for v in read_measurements(path)[0]]
        for path in (tmp_path / "a.csv", tmp_path / "a.xlsx", tmp_path / "a.json")
    ]
    assert found[0] == found[1] == found[2]
    assert [bound for *_, bound in found[0]] == [Bound.EXACT, Bound.BELOW, Bound.EXACT]
    assert [value for _, value, _ in found[0][::2]] == pytest.approx([-3.523, -3.398], abs=1e-3)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"value": "12", "unit": "S/cm"}, ["12", "plausible", "unit"]),
        ({"value": "abc"}, ["value 'abc'", "number"]),
        ({"unit": "S/furlong"}, ["S/furlong", "mS/cm"]),
        ({"unit": "GPa"}, ["GPa", "conductivity"]),
        ({"property": "ionic_conductivty"}, ["ionic_conductivty", "Did you mean 'ionic_conductivity'"]),
        ({"temperature": ""}, ["temperature"]),
        ({"temperature": "-300"}, ["-300", "-273.15"]),
        ({"laboratory": ""}, ["doi", "laboratory"]),
        ({"doi": "nature 2011"}, ["nature 2011", "10.1038"]),
        ({"composition": ""}, ["no material", "smiles"]),
        ({"composition": "LixO"}, ["LixO"]),
        ({"bound": "around"}, ["around", "below"]),
        ({"value": "<1e-5", "bound": "above"}, ["contradict"]),
        ({"value": "-1e-5"}, ["log10"]),
        ({"date": "31.1.2026"}, ["31.1.2026", "YYYY-MM-DD"]),
        ({"space_group": "231"}, ["231", "230"]),
        ({"structure_file": "gone.cif", "composition": ""}, ["gone.cif"]),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_reason(tmp_path, row, words):
    path = table(tmp_path / "m.csv", {}, row)
    values, rejected = read_measurements(path)
    assert len(values) == 1, "the good row stays"
    assert rejected[-1].input == "m.csv: line 3"
    for word in words:
        assert word in rejected[-1].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"property,value\nx,1\n", ["unit", "template"]),
        (b"property,value,unit,colour\nx,1,1,red\n", ["colour"]),
        (b"property,value,value,unit\nx,1,1,V\n", ["value", "twice"]),
        (b"\x00\x01", ["binary"]),
        (b"property,value,unit\nx,1,V,surplus\n", ["line 2", "more fields"]),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(tmp_path, content, words):
    (tmp_path / "m.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "m.csv")
    for word in words:
        assert word in str(caught.value)


def test_an_excel_file_that_unpacks_to_too_much_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 201_000_000)
    assert (tmp_path / "bomb.xlsx").stat().st_size < 1_000_000
    with pytest.raises(InputError, match="unpacks"):
        read_table(tmp_path / "bomb.xlsx")


def test_every_column_of_the_template_is_read(tmp_path):
    assert set(read_table(table(tmp_path / "m.csv", {})).columns) == {"line", *NAMES}


def values_of(tmp_path, n=1, name="m.csv"):
    path = table(tmp_path / name, *({"value": f"{i + 1}e-6"} for i in range(n)))
    return read_measurements(path)[0], path


def test_values_come_back_as_they_went_in_with_their_provenance(tmp_path):
    values, path = values_of(tmp_path, 3)
    store = MeasurementStore(tmp_path / "store")
    version = store.add(values, path)
    back = store.values()
    assert [v.measurement.value for v in back] == [v.measurement.value for v in values]
    assert [v.provenance for v in back] == [v.provenance for v in values]
    assert [v.candidate.formula for v in back] == [v.candidate.formula for v in values]
    assert (version.n_values, version.file) == (3, "m.csv")
    store.add(values, path)
    ids = [v.candidate.candidate_id for v in store.values()]
    assert len(ids) == len(set(ids)) == 6


def test_undo_goes_back_and_the_next_version_starts_from_there(tmp_path):
    store = MeasurementStore(tmp_path / "store")
    store.add(*values_of(tmp_path, 2))
    store.add(*values_of(tmp_path, 5, "bad.csv"))
    left, now = store.undo()
    assert (left.name, now.name, len(store.values())) == ("v0002", "v0001", 2)
    third = store.add(*values_of(tmp_path, 1, "good.csv"))
    assert (third.name, third.parent, len(store.values())) == ("v0003", "v0001", 3)
    store.undo()
    store.undo()
    assert store.current() is None
    with pytest.raises(UsageError, match="no measurements"):
        store.undo()


def test_changed_content_is_noticed(tmp_path):
    store = MeasurementStore(tmp_path / "store")
    version = store.add(*values_of(tmp_path, 2))
    other = MeasurementStore(tmp_path / "other")
    other.add(*values_of(tmp_path, 2, "x.csv"))
    (tmp_path / "store" / "v0001.jsonl.gz").write_bytes((tmp_path / "other" / "v0001.jsonl.gz").read_bytes())
    with pytest.raises(IntegrityError, match="fingerprint"):
        store.values()
    (store.folder / "current").write_text("v0009")
    with pytest.raises(IntegrityError, match="description"):
        store.current()
    assert version.parent == ""


_WRITER = """
import sys
from pathlib import Path
from ssbscreen.measurements.rows import read_measurements
from ssbscreen.measurements.store import MeasurementStore
values, _ = read_measurements(Path(sys.argv[2]))
store = MeasurementStore(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    store.add(values, Path(sys.argv[2]))
"""


def test_killed_while_writing_the_store_stays_whole(tmp_path):
    _, path = values_of(tmp_path, 20)
    folder, dice, last = tmp_path / "store", random.Random(0), 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), str(path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        assert process.stdout.readline() == b"ready\n"
        for _ in range(5):  # five looks while it writes, then the kill
            time.sleep(dice.uniform(0.0, 0.03))
            store = MeasurementStore(folder)
            if (version := store.current()) is not None:
                assert len(store.values(version)) == version.n_values
        process.send_signal(signal.SIGKILL)
        process.wait()
        version = MeasurementStore(folder).current()
        if version is not None:
            assert len(MeasurementStore(folder).values(version)) == version.n_values >= last
            last = version.n_values
    assert last > 0
    MeasurementStore(folder).undo()


def test_the_source_tells_what_it_holds(tmp_path, monkeypatch):
    values, path = values_of(tmp_path, 2)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    MeasurementStore().add([replace(v) for v in values], path)
    records = Measurements().load()
    assert len(records.measurements) == 2
    assert all(c.source == "measurements" for c in records.candidates)
    assert "2 values" in Measurements().card.title


@pytest.mark.parametrize("other", [{"value": "0.3", "unit": "mS/cm"}, {"value": "3,0×10⁻⁴", "unit": "S cm⁻¹"}])
def test_a_value_written_otherwise_is_still_the_same(tmp_path, other):
    values, rejected = read_measurements(table(tmp_path / "m.csv", {}, other))
    assert len(values) == 1
    assert "line 2" in rejected[0].reason
    values, _ = read_measurements(table(tmp_path / "n.csv", {"sample_id": "a"}, other | {"sample_id": "b"}))
    assert len(values) == 2  # two samples may well agree


@pytest.mark.parametrize(
    ("value", "unit", "log10"),
    [
        ("0.3", "mS cm-1", -3.523),
        ("0,3", "mS·cm⁻¹", -3.523),
        ("3.0(2)", "10⁻⁴ S/cm", -3.523),
        ("3.0 ± 0.2", "×10^-4 S cm^-1", -3.523),
        ("3.0×10⁻²", "S m^-1", -3.523),
        ("–3.523", "log10(S/cm)", -3.523),
        ("−8.112", "ln(S cm⁻¹)", -3.523),
        ("3333", "Ω·cm", -3.523),
    ],
)
def test_units_and_numbers_in_any_usual_writing(tmp_path, value, unit, log10):
    (found,), rejected = read_measurements(table(tmp_path / "m.csv", {"value": value, "unit": unit}))
    assert not rejected
    assert found.measurement.value == pytest.approx(log10, abs=1e-3)


def test_what_may_mean_two_things_is_asked_about(tmp_path):
    values, rejected = read_measurements(table(tmp_path / "m.csv", {"value": "1,234", "unit": "ohm cm"}))
    assert not values
    assert "thousands or a decimal comma" in rejected[0].reason


def test_outcomes_are_kept(tmp_path):
    seen = [
        {"property": "lithium_outcome", "value": "growing", "unit": "", "temperature": ""},
        {"property": "critical_current", "value": ">2.5", "unit": "mA/cm2"},
        {"property": "h2s_released", "value": "12", "unit": "cm³ g⁻¹"},
    ]
    values, rejected = read_measurements(table(tmp_path / "m.csv", *seen))
    assert not rejected
    assert [v.measurement.value for v in values] == pytest.approx([0.0, math.log10(2.5e-3), 12.0])
    assert [v.measurement.bound for v in values] == [Bound.EXACT, Bound.ABOVE, Bound.EXACT]


PEO = {"composition": "", "smiles": "*CCO*", "salt_smiles": "[Li+].[Cl-]", "molality": "1.2"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"salt_smiles": ""}, "without a salt"),
        ({"molality": "1000"}, "more salt than a polymer holds"),
        ({"salt_smiles": "CCO"}, "no ions"),
        ({"salt_smiles": "[Li+]"}, "charge +1"),
    ],
)
def test_salts_are_salts_and_their_amounts_possible(tmp_path, row, says):
    values, rejected = read_measurements(table(tmp_path / "m.csv", PEO, PEO | row))
    assert len(values) == 1
    assert says in rejected[0].reason
