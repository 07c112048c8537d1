"""Cache, mirror and origin against a local server that can cut, stall, refuse and lie."""

import bz2
import gzip
import hashlib
import http.server
import json
import threading
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pymatgen.core import Lattice, Structure

from ssbscreen.core.errors import DataUnavailable, IntegrityError
from ssbscreen.download import fetch, hashes, origin, places
from ssbscreen.download.transfer import TransferError, TransferOptions, download
from ssbscreen.files.data_card import card_of

QUICK = TransferOptions(connect_seconds=2.0, read_seconds=0.5, n_attempts=3, pause_seconds=0.01, max_bytes=1_000_000)
CONTENT = bytes(i % 251 for i in range(200_000))


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`; `server.trouble[path]` is a list of what goes wrong on successive requests."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        trouble = self.server.trouble.get(self.path, [])
        what = trouble.pop(0) if trouble else ""
        body = self.server.files.get(self.path)
        if what == "500":
            return self.answer(500, b"")
        if what == "stall":
            self.server.stalled.wait(3.0)
            return None
        if body is None:
            return self.answer(404, b"nothing here")
        start, wanted = 0, self.headers.get("Range")
        if wanted and what != "no range" and self.headers.get("If-Range", self.tag(body)) == self.tag(body):
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("ETag", self.tag(body))
        self.end_headers()
        if what == "cut":
            self.wfile.write(body[start : start + len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
        else:
            self.wfile.write(body[start:])
        return None

    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def tag(body):
        return '"' + hashlib.md5(body).hexdigest() + '"'

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A server on this machine and its address."""
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.files, running.trouble, running.asked, running.stalled = {}, {}, [], threading.Event()
    running.address = f"http://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.stalled.set()
    running.shutdown()
    running.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch, server):
    """A project of its own with one data set `toy` whose origin is the server."""
    (tmp_path / "configs").mkdir()
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    card = {
        "name": "toy",
        "title": "A data set for tests only",
        "licence": "none",
        "cite": "nobody, nowhere",
        "files": {"a.csv": {"content": "numbers"}, "extra.txt": {"content": "more words", "optional": True}},
        "origin": "a server",
        "origin_files": {"a.csv": {"url": f"{server.address}/origin/a.csv"}},
        "may_train": False,
    }
    write_card(tmp_path, card)
    return tmp_path


def write_card(home: Path, card: dict) -> None:
    folder = home / "data" / card["name"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.yaml").write_text(yaml.safe_dump(card))


def test_download_gives_the_bytes_and_their_hash(server, tmp_path):
    server.files["/a"] = CONTENT
    found = download(f"{server.address}/a", tmp_path / "a", options=QUICK)
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert found == hashlib.sha256(CONTENT).hexdigest()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_cut_connection_is_resumed_where_it_broke(server, tmp_path):
    server.files["/a"] = CONTENT
    server.trouble["/a"] = ["cut", "500"]
    download(f"{server.address}/a", tmp_path / "a", options=QUICK)
    assert (tmp_path / "a").read_bytes() == CONTENT
    ranges = [r for _, r in server.asked]
    assert ranges[0] is None
    assert int(ranges[-1].removeprefix("bytes=").rstrip("-")) >= len(CONTENT) // 4


def test_a_later_call_goes_on_with_the_part_that_was_left(server, tmp_path):
    server.files["/a"] = CONTENT
    server.trouble["/a"] = ["cut"]
    with pytest.raises(TransferError):
        download(f"{server.address}/a", tmp_path / "a", options=TransferOptions(n_attempts=1))
    left = (tmp_path / "a.part").stat().st_size
    assert 0 < left < len(CONTENT)
    assert not (tmp_path / "a").exists()
    download(f"{server.address}/a", tmp_path / "a", options=QUICK)
    assert server.asked[-1][1] == f"bytes={left}-"
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_server_without_ranges_and_a_changed_file_start_over(server, tmp_path):
    server.files["/a"] = CONTENT
    server.trouble["/a"] = ["cut", "no range"]
    download(f"{server.address}/a", tmp_path / "a", options=QUICK)
    assert (tmp_path / "a").read_bytes() == CONTENT
    server.trouble["/a"] = ["cut"]
    with pytest.raises(TransferError):
        download(f"{server.address}/a", tmp_path / "b", options=TransferOptions(n_attempts=1))
    server.files["/a"] = changed = CONTENT[::-1]
    download(f"{server.address}/a", tmp_path / "b", options=QUICK)
    assert (tmp_path / "b").read_bytes() == changed


def test_a_complete_part_is_not_fetched_again(server, tmp_path):
    server.files["/a"] = CONTENT
    (tmp_path / "a.part").write_bytes(CONTENT)
    download(f"{server.address}/a", tmp_path / "a", hashlib.sha256(CONTENT).hexdigest(), QUICK)
    assert (tmp_path / "a").read_bytes() == CONTENT


@pytest.mark.parametrize(("trouble", "says"), [(["500"] * 9, "500"), (["stall"] * 9, "no answer in time")])
def test_a_server_that_never_answers_well_is_given_up(server, tmp_path, trouble, says):
    server.files["/a"] = CONTENT
    server.trouble["/a"] = trouble
    with pytest.raises(TransferError, match=says):
        download(f"{server.address}/a", tmp_path / "a", options=TransferOptions(2.0, 0.2, 2, 0.01))
    assert not (tmp_path / "a").exists()


def test_wrong_hash_missing_file_and_size_limit_are_refused(server, tmp_path):
    server.files["/a"] = CONTENT
    with pytest.raises(TransferError, match="SHA-256"):
        download(f"{server.address}/a", tmp_path / "a", "0" * 64, QUICK)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TransferError, match="404"):
        download(f"{server.address}/none", tmp_path / "a", options=QUICK)
    with pytest.raises(TransferError, match="limit"):
        download(f"{server.address}/a", tmp_path / "a", options=TransferOptions(max_bytes=1000))
    with pytest.raises(TransferError, match="no connection"):
        download("http://127.0.0.1:9/a", tmp_path / "a", options=TransferOptions(1.0, 1.0, 1))


def test_order_is_cache_then_mirror_then_origin(home, server, monkeypatch):
    server.files["/origin/a.csv"] = b"from origin"
    server.files["/m/toy/a.csv"] = b"from mirror"
    report = fetch.fetch("toy", options=QUICK)
    assert (report.place, (report.folder / "a.csv").read_bytes()) == ("origin", b"from origin")
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", f"{server.address}/m/")
    assert fetch.fetch("toy", options=QUICK).place == "cache"
    report = fetch.fetch("toy", is_refresh=True, options=QUICK)
    assert (report.place, (report.folder / "a.csv").read_bytes()) == ("mirror", b"from mirror")


def test_a_folder_as_mirror_is_read_in_place(home, monkeypatch, tmp_path):
    folder = tmp_path / "mirror" / "toy"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"x")
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", str(tmp_path / "mirror"))
    assert places.status("toy").place == "mirror"
    assert fetch.fetch("toy").folder == folder == fetch.locate(card_of("toy"))
    assert not (home / "cache" / "toy" / "a.csv").exists()
    assert hashes.verify("toy").is_ok
    (folder / "a.csv").write_bytes(b"y")
    assert [c.state for c in hashes.verify("toy").checks] == ["changed"]


def test_a_mirror_keeps_to_its_own_hashes(home, server, monkeypatch, tmp_path):
    wrong = f"{'0' * 64}  a.csv\n".encode()
    server.files |= {"/m/toy/a.csv": b"mirror", "/m/toy/SHA256SUMS": wrong}
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", f"{server.address}/m")
    with pytest.raises(DataUnavailable, match="SHA-256"):
        fetch.fetch("toy", options=QUICK)
    server.files["/m/toy/SHA256SUMS"] = f"{hashlib.sha256(b'mirror').hexdigest()} *a.csv\n".encode()
    assert fetch.fetch("toy", options=QUICK).place == "mirror"
    assert [(c.state, c.basis) for c in hashes.verify("toy").checks] == [("ok", "mirror")]
    folder = tmp_path / "mirror" / "toy"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"x")
    (folder / "SHA256SUMS").write_bytes(wrong)
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(IntegrityError, match="SHA256SUMS"):
        fetch.fetch("toy", is_refresh=True)


def test_a_loader_reaches_a_remote_mirror_but_never_the_origin(home, server, monkeypatch):
    server.files["/origin/a.csv"] = b"origin"
    with pytest.raises(DataUnavailable, match="ssbscreen data fetch toy"):
        fetch.locate(card_of("toy"))
    assert server.asked == []
    server.files["/m/toy/a.csv"] = b"mirror"
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", f"{server.address}/m")
    assert (fetch.locate(card_of("toy")) / "a.csv").read_bytes() == b"mirror"


def test_what_cannot_be_reached_is_said_plainly(home, server, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", f"{server.address}/m")
    with pytest.raises(DataUnavailable) as error:
        fetch.fetch("toy", options=QUICK)
    text = str(error.value)
    assert all(word in text for word in ("toy", "mirror", "404", "origin", "SSBSCREEN_DATA_MIRROR", "a server"))
    assert places.status("toy").missing == ("a.csv",)
    assert not hashes.verify("toy").is_ok


def test_a_pinned_origin_hash_is_checked_and_a_second_address_is_tried(home, server):
    card = yaml.safe_load((home / "data/toy/card.yaml").read_text())
    entry = card["origin_files"]["a.csv"]
    entry["sha256"] = hashlib.sha256(b"right").hexdigest()
    write_card(home, card)
    server.files["/origin/a.csv"] = b"wrong"
    with pytest.raises(DataUnavailable, match="SHA-256"):
        fetch.fetch("toy", options=QUICK)
    entry["also"] = [f"{server.address}/second"]
    write_card(home, card)
    server.files["/second"] = b"right"
    assert fetch.fetch("toy", options=QUICK).place == "origin"


def test_a_changed_or_lost_file_in_the_cache_is_noticed(home, server):
    server.files["/origin/a.csv"] = b"origin"
    folder = fetch.fetch("toy", options=QUICK).folder
    assert [c.basis for c in hashes.verify("toy").checks] == ["fetched"]
    (folder / "a.csv").write_bytes(b"altered")
    assert [c.state for c in hashes.verify("toy").checks] == ["changed"]
    (folder / "a.csv").unlink()
    assert places.status("toy").place == "missing"


def matbench_json(columns, rows) -> bytes:
    return json.dumps({"index": list(range(len(rows))), "columns": columns, "data": rows}).encode()


def structure(symbol: str, a: float) -> dict:
    return Structure(Lattice.cubic(a), ["Li", symbol], [[0, 0, 0], [0.5, 0.5, 0.5]]).as_dict()


def test_chemarr_csv_becomes_the_file_of_the_loader(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir(), out.mkdir()
    text = "smiles,conductivity,mw,salt smiles,molality,temperature\n[Cu]CCO[Au],-4.5,100000,,1,60\n"
    (raw / "clean_train_data.csv").write_text(text)
    origin.build(card_of("chemarr"), raw, out)
    assert gzip.decompress((out / "clean_train_data.csv.gz").read_bytes()).decode() == text
    (raw / "clean_train_data.csv").write_text("<html>not found</html>")
    with pytest.raises(IntegrityError, match="columns"):
        origin.build(card_of("chemarr"), raw, out)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lambda b: b])
def test_gaps_come_with_the_official_folds_whatever_the_packing(tmp_path, pack):
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir(), out.mkdir()
    rows = [[f"Li{i}O", i / 10] for i in range(1, 21)]
    (raw / "matbench_expt_gap.json.gz").write_bytes(pack(matbench_json(["composition", "gap expt"], rows)))
    origin.build(card_of("expt_gap"), raw, out)
    table = pd.read_csv(out / "expt_gap.csv.gz")
    assert table["composition"].tolist() == [r[0] for r in rows]
    assert table["mbid"][0] == "mb-expt-gap-0001"
    assert sorted(table["fold"].value_counts()) == [4] * 5


def test_official_folds_agree_with_those_of_the_mirror(mirror):
    table = pd.read_csv(mirror / "expt_gap" / "expt_gap.csv.gz")
    row = table["mbid"].str.rsplit("-", n=1).str[-1].astype(int).to_numpy() - 1
    assert (origin.matbench_folds(4604)[row] == table["fold"]).all()


def test_a_truncated_or_foreign_origin_file_is_refused(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir(), out.mkdir()
    full = matbench_json(["composition", "gap expt"], [["LiF", 1.0]] * 50)
    for content in (full[:-100], b"{}", matbench_json(["formula"], [["LiF"]]), gzip.compress(full)[:-30]):
        (raw / "matbench_expt_gap.json.gz").write_bytes(content)
        with pytest.raises(IntegrityError):
            origin.build(card_of("expt_gap"), raw, out)


def test_crystals_join_energies_gaps_and_moduli_of_one_structure(tmp_path, monkeypatch):
    from ssbscreen.sources.snapshot import SOURCE

    raw, cache = tmp_path / "raw", tmp_path / "cache" / "mp_crystals"
    raw.mkdir(), cache.mkdir(parents=True)
    salts = [("F", 4.0), ("Cl", 5.1), ("Br", 5.5), ("I", 6.0), ("H", 4.1)]
    files = {
        "matbench_mp_e_form": (["structure", "e_form"], [[structure(*s), -i - 0.5] for i, s in enumerate(salts)]),
        "matbench_mp_gap": (["structure", "gap pbe"], [[structure(*salts[1]), 6.2]]),
        "matbench_log_kvrh": (["structure", "log10(K_VRH)"], [[structure(*s), 1.5] for s in salts]),
        "matbench_log_gvrh": (
            ["structure", "log10(G_VRH)"],
            [[structure(*s), 1.0 + i / 10] for i, s in reversed(list(enumerate(salts)))],
        ),
    }
    for name, (columns, rows) in files.items():
        (raw / f"{name}.json.gz").write_bytes(gzip.compress(matbench_json(columns, rows)))
    origin.build(card_of("mp_crystals"), raw, cache)
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    found = SOURCE.load()
    values = {(m.candidate_id, m.property): m.value for m in found.measurements}
    assert values["mb-mp-e-form-000002", "formation_energy"] == -1.5
    assert values["mb-mp-e-form-000002", "band_gap_pbe"] == 6.2
    assert ("mb-mp-e-form-000001", "band_gap_pbe") not in values
    assert values["mb-log-kvrh-00004", "bulk_modulus"] == pytest.approx(1.5)
    assert values["mb-log-kvrh-00004", "shear_modulus"] == pytest.approx(1.3)
    assert len(SOURCE.pool().candidates) == 5


def test_formation_energies_become_reference_phases(tmp_path, monkeypatch):
    from ssbscreen.sources.reference_phases import SOURCE

    raw, cache = tmp_path / "raw", tmp_path / "cache" / "mp_formation_energies"
    raw.mkdir(), cache.mkdir(parents=True)
    rows = [[structure("Cl", 5.1), -2.0], [structure("Cl", 5.3), -2.1], [structure("F", 4.0), -3.0]]
    (raw / "matbench_mp_e_form.json.gz").write_bytes(gzip.compress(matbench_json(["structure", "e_form"], rows)))
    origin.build(card_of("mp_formation_energies"), raw, cache)
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    phases = SOURCE.load_phases("mp_formation_energies")
    assert dict(zip(phases.formulas, phases.formation_energy, strict=True)) == {"ClLi": -2.1, "FLi": -3.0}
