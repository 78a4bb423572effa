from __future__ import annotations

import io
import sys

import pytest

from hybridcell._core import progress
from hybridcell._core.config import config
from hybridcell._core.progress import progress_bar


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def script(monkeypatch):
    """Stand neither in a terminal nor in a notebook."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(config, "progress", None)
    return monkeypatch


def _is_shown(**options) -> bool:
    with progress_bar(total=1, description="work", **options) as bar:
        return not bar.disable


def test_nobody_looks_at_a_script(script):
    assert not _is_shown()
    assert not progress._someone_is_looking()


def test_a_terminal_shows_a_bar(script):
    script.setattr(sys, "stderr", _Terminal())
    assert _is_shown()


@pytest.mark.parametrize("setting", [True, False])
def test_the_setting_counts_before_the_place_and_the_argument_before_the_setting(script, setting):
    script.setattr(config, "progress", setting)
    assert _is_shown() is setting
    assert _is_shown(show=not setting) is not setting


def test_no_standard_error_is_no_terminal(script):
    script.setattr(sys, "stderr", None)
    assert not progress._someone_is_looking()


def test_a_notebook_without_widgets_gets_a_plain_bar(script):
    script.setattr(progress, "find_spec", lambda name: None)
    with progress_bar(total=1, description="work", show=True) as bar:
        assert type(bar).__module__ == "tqdm.std"


def test_a_bar_may_wait_before_it_is_drawn(script):
    stream = _Terminal()
    script.setattr(sys, "stderr", stream)
    for delay, drawn in ((0.0, True), (60.0, False)):
        with progress_bar(total=2, description=f"after {delay:g}", delay=delay) as bar:
            bar.update(1)
        assert (f"after {delay:g}" in stream.getvalue()) is drawn
