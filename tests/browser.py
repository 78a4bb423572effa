"""A real browser for tests of pages; tests that need one skip where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file in headless Chromium; fail if it loads anything else, or reports an error."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium found; set $CHROMIUM, or install it (Debian: apt-get install chromium)")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1200, "height": 800})
            complaints: list[str] = []
            loaded: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("request", lambda request: loaded.append(request.url))
            page.goto(path.as_uri())
            yield page
            assert complaints == []
            assert loaded == [path.as_uri()]
        finally:
            browser.close()
