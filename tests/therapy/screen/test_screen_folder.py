"""Screens on the disk: the same numbers, resumed after a kill, refused where they do not belong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import FileFormatError, HybridCellError
from hybridcell.therapy.screen import blocks, running, screen_folder
from tests.conftest import ROOT

# five blocks for each of two groups of members, all sizes made small
SIZES = {"_CONDITIONS": 2048, "_SIMULATIONS": 4096}
WEIGHTS = {("a", "p"): 0.7, ("b", "q"): 0.9, ("p", "growth"): 0.8, ("q", "growth"): 0.6, ("a", "q"): 0.2}
OPTIONS = {"readout": "growth", "drugs": ["a", "b"], "doses": 96, "input_range": -1.5, "progress": False}


def _models(network):
    return Ensemble.from_models([network({**WEIGHTS, ("b", "growth"): w}) for w in (0.1, 0.3, 0.5)])


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    for name, value in SIZES.items():
        monkeypatch.setattr(blocks, name, value)


@pytest.fixture(scope="module")
def expected(network):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SIZES.items():
            patch.setattr(blocks, name, value)
        return hc.screen_combinations(_models(network), **OPTIONS)


@pytest.fixture
def counted(monkeypatch):
    """Count the pieces that are solved."""
    solved = []

    def solve(piece):
        solved.append(piece.conditions.start)
        return solve_piece(piece)

    solve_piece = running.solve_piece
    monkeypatch.setattr(running, "solve_piece", solve)
    return solved


def _same(found, expected):
    np.testing.assert_array_equal(np.asarray(found.responses), expected.responses)
    np.testing.assert_array_equal(np.asarray(found.residual), expected.residual)


def test_a_streamed_screen_is_the_same_and_stays_on_the_disk(network, expected, tmp_path, counted):
    path = tmp_path / "screen.zarr"
    screen = hc.screen_combinations(_models(network), **OPTIONS, out=path)
    assert len(counted) == 10
    _same(screen, expected)
    assert repr(screen) == repr(expected)
    assert not isinstance(screen.responses, np.ndarray)
    again = hc.CombinationScreen.read(path)
    for one in (screen, again):
        pd.testing.assert_frame_equal(one.top(5, by="hsa"), expected.top(5, by="hsa"))
        pd.testing.assert_frame_equal(one.surface("a", "b", "bliss"), expected.surface("a", "b", "bliss"))
        assert one.success == expected.success
    pd.testing.assert_frame_equal(again.to_dataframe(), expected.to_dataframe())
    assert again.residual.max() == expected.residual.max()
    np.testing.assert_array_equal(again.settled, expected.settled)
    # called again, there is nothing left to do
    _same(hc.screen_combinations(_models(network), **OPTIONS, out=path), expected)
    assert len(counted) == 10


def test_a_killed_screen_resumes_and_a_second_process_is_refused(network, expected, tmp_path, counted):
    path = tmp_path / "screen.zarr"
    program = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        import numpy as np
        import hybridcell as hc
        from hybridcell._core.ensemble import Ensemble
        from hybridcell.therapy.screen import blocks
        from hybridcell.therapy.screen.screen_folder import ScreenFolder
        from tests.therapy.screen.conftest import _network
        for name, value in {SIZES!r}.items():
            setattr(blocks, name, value)
        write, n = ScreenFolder.write, 0
        def write_and_wait(self, piece, solved):
            global n
            n += 1
            if n == 4:  # the numbers are there, half of the line in the journal is
                here = self.blocks.members(piece[0]), self.blocks.conditions(piece[1])
                self._arrays["responses"][here] = 7.0
                with (self.path / "finished.tsv").open("ab") as journal:
                    journal.write(b"0\\t3\\t40")
                print("waiting", flush=True)
                sys.stdin.read()
            write(self, piece, solved)
        ScreenFolder.write = write_and_wait
        weights = {WEIGHTS!r}
        models = [_network({{**weights, ("b", "growth"): w}}) for w in (0.1, 0.3, 0.5)]
        hc.screen_combinations(Ensemble.from_models(models), **{OPTIONS!r}, out={str(path)!r})
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "waiting\n"
        with pytest.raises(HybridCellError, match=f"being written by process {process.pid}"):
            hc.screen_combinations(_models(network), **OPTIONS, out=path)
    finally:
        process.kill()
        process.communicate()
    with pytest.raises(FileFormatError, match=r"not complete: 3 of 10 pieces.*same arguments"):
        hc.CombinationScreen.read(path)
    finished = [path / "responses" / "c" / "0" / str(block) for block in range(3)]
    before = [(file.stat().st_mtime_ns, file.stat().st_ino) for file in finished]
    screen = hc.screen_combinations(_models(network), **OPTIONS, out=path)
    assert [(file.stat().st_mtime_ns, file.stat().st_ino) for file in finished] == before
    assert len(counted) == 7
    _same(screen, expected)


def test_a_full_disk_is_told_and_nothing_is_lost(network, expected, tmp_path, monkeypatch, counted):
    path = tmp_path / "screen.zarr"
    fsync, n = os.fsync, []

    def full(file):
        n.append(file)
        if len(n) == 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HybridCellError, match=r"No space left on device.*pieces are finished"):
        hc.screen_combinations(_models(network), **OPTIONS, out=path)
    _same(hc.screen_combinations(_models(network), **OPTIONS, out=path), expected)
    assert len(counted) <= 11
    # a block whose file was lost is computed again
    (path / "responses" / "c" / "1" / "2").unlink()
    with pytest.raises(FileFormatError, match="9 of 10"):
        hc.CombinationScreen.read(path)
    _same(hc.screen_combinations(_models(network), **OPTIONS, out=path), expected)


def test_a_folder_that_may_not_be_written_is_told(network, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(HybridCellError, match=r"cannot be written.*another out="):
        hc.screen_combinations(_models(network), **OPTIONS, out=tmp_path / "file" / "screen.zarr")

    def denied(_: Path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(screen_folder, "only_writer", denied)
    with pytest.raises(HybridCellError, match=r"Permission denied.*another out="):
        hc.screen_combinations(_models(network), **OPTIONS, out=tmp_path / "screen.zarr")


def test_the_folder_of_another_screen_is_refused_by_what_differs(network, tmp_path):
    path = tmp_path / "screen.zarr"
    options = {**OPTIONS, "doses": 3}
    model = network(WEIGHTS)
    hc.screen_combinations(model, **options, out=path)
    changes = {
        "doses": {"doses": 4},
        "drugs": {"drugs": ["b", "a"]},
        "readout": {"readout": "q"},
        "solve": {"solve": hc.Solve(steady_tol=1e-7)},
        "better": {"better": "higher"},
    }
    for words, change in changes.items():
        with pytest.raises(FileFormatError, match=f"holds another screen.*{words} "):
            hc.screen_combinations(model, **{**options, **change}, out=path)
    with pytest.raises(FileFormatError, match=r"differs: numbers of the model \(digest\)"):
        hc.screen_combinations(network({**WEIGHTS, ("a", "p"): 0.71}), **options, out=path)
    with pytest.raises(FileFormatError, match="differs: context"):
        hc.screen_combinations({"A375": model}, **options, context="A375", out=path)
    assert hc.CombinationScreen.read(path).drugs == ("a", "b")


def test_what_is_no_screen_is_left_alone(network, tmp_path):
    model, options = network(WEIGHTS), {**OPTIONS, "doses": 3}
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileFormatError, match="holds something else"):
        hc.screen_combinations(model, **options, out=tmp_path)
    with pytest.raises(FileFormatError, match="is a file"):
        hc.screen_combinations(model, **options, out=tmp_path / "notes.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    for path in (tmp_path, tmp_path / "missing.zarr", tmp_path / "notes.txt"):
        with pytest.raises(FileFormatError, match="is no folder of a screen"):
            hc.CombinationScreen.read(path)


def test_triples_and_their_data_come_back(network, tmp_path):
    edges = {**WEIGHTS, ("c", "p"): 0.4}
    train = hc.PerturbationData(
        values=[[0.0], [-0.3]],
        readouts=["growth"],
        kinds=["phenotype"],
        conditions=["c0", "c1"],
        perturbations=["a", "b", "c"],
        doses=[[0, 0, 0], [-1.5, 0, 0]],
        input="strength",
    )
    ensemble = Ensemble.from_models([network(edges)], train=train)
    options = {"readout": "growth", "doses": {"a": [-1, -2], "b": [-1], "c": [-1]}, "order": 3}
    whole = hc.screen_combinations(ensemble, **options)
    hc.screen_combinations(ensemble, **options, out=tmp_path / "screen.zarr")
    found = hc.CombinationScreen.read(tmp_path / "screen.zarr")
    pd.testing.assert_frame_equal(found.to_dataframe(), whole.to_dataframe())
    pd.testing.assert_frame_equal(found.measured("a", "b"), whole.measured("a", "b"))
    np.testing.assert_array_equal(found.to_anndata().X, whole.to_anndata().X)
    pd.testing.assert_frame_equal(
        pd.read_csv(found.write(tmp_path / "screen.csv"), keep_default_na=False, na_values=[""]).fillna(""),
        whole.to_dataframe().fillna(""),
        check_dtype=False,
    )
