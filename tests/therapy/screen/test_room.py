"""Screens that do not fit are refused with sizes, before any work."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.screen import room

EDGES = {("a", "growth"): 0.7, ("b", "growth"): 0.9, ("c", "p"): 0.3}


@pytest.fixture
def no_work(monkeypatch):
    from hybridcell.therapy.screen.states import ScreenSolver

    monkeypatch.setattr(ScreenSolver, "run", lambda *_: pytest.fail("the work had started"))


def test_the_machine_says_how_much_is_free(tmp_path):
    assert room.free_memory() is None or room.free_memory() > 10**7
    assert room.free_disk(tmp_path / "not" / "yet") == pytest.approx(
        shutil.disk_usage(tmp_path).free, rel=0.2
    )


def test_too_large_for_the_memory(network, monkeypatch, no_work):
    monkeypatch.setattr(room, "free_memory", lambda: 1_000_000_000)
    options = {"readout": "growth", "input_range": -1.0}
    # 3 x 9,999^2 pairs and 29,998 conditions besides, of 8 bytes, for the responses and for the residual
    with pytest.raises(InvalidValueError, match=r"299,970,001 conditions need 5\.1 GB.*1\.0 GB.*out="):
        hc.screen_combinations(network(EDGES), doses=10_000, **options)


def test_too_large_for_the_disk(network, monkeypatch, no_work, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, 10**9))
    path = tmp_path / "screen.zarr"
    with pytest.raises(InvalidValueError, match=r"299,970,001 conditions need 4\.8 GB more on the disk"):
        hc.screen_combinations(network(EDGES), readout="growth", input_range=-1.0, doses=10_000, out=path)
    assert not path.exists()


def test_too_many_triples(monkeypatch):
    monkeypatch.setattr(room, "free_memory", lambda: 1_000_000_000)
    room.check_tables(10**9, 100, 3)
    with pytest.raises(InvalidValueError, match="166,167,000 triples"):
        room.check_tables(10**9, 1_000, 3)
