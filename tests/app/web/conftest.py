"""A real Chromium that looks at the page over a made-up run."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the service over the made-up run."""
    pytest.importorskip("fastapi", reason="needs the extra `serve`")
    uvicorn = pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    from page_run import make_run

    from ssbscreen.app.server.service import create_app

    runs = tmp_path_factory.mktemp("page")
    make_run(runs)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(runs), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 60
    while not server.started and time.monotonic() < ends:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")  # as long as it lives, its event loop is in the way of tests that run one
def chromium():
    """The Chromium of this machine, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
    if CHROMIUM is None:
        pytest.skip("needs a Chromium on the path, such as Debian's package chromium")
    with playwright.sync_playwright() as started:
        arguments = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium, service: str):
    """Opens the page: `look(query, width=1400, theme="light")`; what the browser complains of fails the test."""
    opened, said = [], []

    def at(query: str = "", *, width: int = 1400, height: int = 900, theme: str = "light"):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True, base_url=service
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"/{query}")
        opened.append(context)
        return page

    at.said, at.expected = said, ""
    yield at
    for context in opened:
        context.close()
    assert [text for text in said if not (at.expected and at.expected in text)] == []


@pytest.fixture(scope="session")
def axe() -> str:
    """Source of the accessibility checks of Deque, unchanged from the package axe-core 4.14.1 of npm."""
    return (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
