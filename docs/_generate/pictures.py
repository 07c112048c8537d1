"""Pictures of the page and of the report that the documentation shows, from a finished run.

Usage: make screen && .venv/bin/python docs/_generate/pictures.py runs/default
Needs the extra `dev` and a Chromium on the path. Writes docs/page.png, page-dark.png, report.png, report-list.png and
report-profile.png.
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

from ssbscreen.app.server.service import create_app

DOCS = Path(__file__).resolve().parents[1]
WIDTH = 1400
PAGE_HEIGHT, REPORT_HEIGHT, PART_HEIGHT = 880, 1010, 900
WAIT_S = 60.0


@contextmanager
def served(runs: Path) -> Iterator[str]:
    """Address of the service over a folder of runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(runs), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + WAIT_S
    while not server.started and time.monotonic() < ends:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def part(page: Page, heading: str, name: str) -> None:
    """A picture that begins a little above a heading."""
    page.get_by_role("heading", name=heading).first.evaluate("e => window.scrollTo(0, e.offsetTop - 44)")
    page.screenshot(path=DOCS / name)


def main(run: Path) -> None:
    """Write all pictures."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("No Chromium on the path; install one, such as Debian's package chromium.")
    with sync_playwright() as play, served(run.resolve().parent) as address:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])

        def opened(where: str, theme: str, height: int) -> Page:
            size = {"width": WIDTH, "height": height}
            page = browser.new_context(viewport=size, color_scheme=theme).new_page()
            page.goto(where)
            page.wait_for_load_state("networkidle")
            return page

        light = opened(f"{address}/?run={run.name}", "light", PAGE_HEIGHT)
        light.screenshot(path=DOCS / "page.png")
        dark = opened(f"{address}/?run={run.name}", "dark", PAGE_HEIGHT)
        dark.get_by_text("Scatter", exact=True).click()
        dark.wait_for_load_state("networkidle")
        dark.wait_for_timeout(1500)  # points are drawn after the data came
        dark.screenshot(path=DOCS / "page-dark.png")
        report = (run / "report.html").resolve().as_uri()
        opened(report, "light", REPORT_HEIGHT).screenshot(path=DOCS / "report.png")
        part(opened(report, "dark", PART_HEIGHT), "The list", "report-list.png")
        part(opened(report, "light", PART_HEIGHT), "One candidate beside", "report-profile.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
