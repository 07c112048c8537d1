"""Files of others that the page is served with: those that were written down, with their licences, and small."""

import hashlib
import re
from pathlib import Path

import ssbscreen

WEB = Path(ssbscreen.__file__).parent / "app" / "web"
VENDOR = WEB / "vendor"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \| (?P<package>\S+) \| .* \| `(?P<hash>[0-9a-f]{64})` \|$", re.MULTILINE)
LARGEST = 4_000_000  # bytes of all of them


def written_down() -> dict[str, re.Match[str]]:
    return {row["file"]: row for row in ROW.finditer((VENDOR / "VENDOR.md").read_text(encoding="utf-8"))}


def test_files_are_those_that_were_written_down() -> None:
    there = {path.name for path in VENDOR.iterdir()} - {"VENDOR.md", "LICENSES"}
    rows = written_down()
    assert there == set(rows)
    for name, row in rows.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == row["hash"], name


def test_every_package_has_its_licence() -> None:
    licences = (VENDOR / "LICENSES").read_text(encoding="utf-8").lower()
    for row in written_down().values():
        name = row["package"].rsplit("/", 1)[-1].replace("-", " ")
        assert f"\n{name} " in licences, row["package"]


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in VENDOR.iterdir()) < LARGEST


def test_the_page_names_no_other_server() -> None:
    own = [path for path in WEB.rglob("*") if path.suffix in (".html", ".js", ".css") and VENDOR not in path.parents]
    assert len(own) > 20
    for path in own:
        found = re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8"))
        assert set(found) <= {"https://doi.org", "http://www.w3.org"}, path.name  # links to papers, a namespace


def test_nothing_inline_and_nothing_evaluated() -> None:
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|javascript:", page)
    for path in (WEB / "js").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), (
            path.name
        )


def test_files_of_our_own_are_short() -> None:
    for path in [*(WEB / "js").rglob("*.js"), *(WEB / "css").glob("*.css")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name
