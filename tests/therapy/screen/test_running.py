"""Executors change no number, and a worker that fails loses nothing."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import NotConvergedError
from hybridcell.therapy.screen import blocks, running

WEIGHTS = {("a", "p"): 0.7, ("b", "q"): 0.9, ("p", "growth"): 0.8, ("q", "growth"): 0.6, ("a", "q"): 0.2}
OPTIONS = {"readout": "growth", "drugs": ["a", "b"], "doses": 96, "input_range": -1.5}


@pytest.fixture
def ensemble(network, monkeypatch):
    monkeypatch.setattr(blocks, "_CONDITIONS", 2048)
    monkeypatch.setattr(blocks, "_SIMULATIONS", 4096)
    return Ensemble.from_models([network({**WEIGHTS, ("b", "growth"): w}) for w in (0.1, 0.3, 0.5)])


@pytest.mark.parametrize("n_workers", [1, 3])
def test_threads_give_the_same_bits(ensemble, n_workers, tmp_path):
    expected = hc.screen_combinations(ensemble, **OPTIONS)
    with ThreadPoolExecutor(n_workers) as pool:
        found = hc.screen_combinations(ensemble, **OPTIONS, executor=pool)
        stored = hc.screen_combinations(ensemble, **OPTIONS, executor=pool, out=tmp_path / "screen.zarr")
    for screen in (found, stored):
        np.testing.assert_array_equal(np.asarray(screen.responses), expected.responses)
        np.testing.assert_array_equal(np.asarray(screen.residual), expected.residual)


@pytest.mark.suite
def test_processes_give_the_same_bits(network):
    model = network(WEIGHTS)
    options = {**OPTIONS, "doses": 4}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = hc.screen_combinations(model, **options, executor=pool)
    np.testing.assert_array_equal(found.responses, hc.screen_combinations(model, **options).responses)


def test_pieces_can_be_sent_and_keep_their_numbers(ensemble, monkeypatch):
    import pickle

    def sent(piece):
        return pickle.loads(pickle.dumps(solve_piece(pickle.loads(pickle.dumps(piece)))))

    expected = hc.screen_combinations(ensemble, **OPTIONS)
    solve_piece = running.solve_piece
    monkeypatch.setattr(running, "solve_piece", sent)
    np.testing.assert_array_equal(hc.screen_combinations(ensemble, **OPTIONS).responses, expected.responses)


def test_a_worker_that_fails_is_told_and_the_rest_is_kept(ensemble, monkeypatch, tmp_path):
    expected = hc.screen_combinations(ensemble, **OPTIONS)
    solve_piece = running.solve_piece

    def failing(piece):
        if piece.conditions.start == 2 * 2048:
            raise MemoryError("too little")
        return solve_piece(piece)

    path = tmp_path / "screen.zarr"
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(running, "solve_piece", failing)
        with pytest.raises(NotConvergedError, match=r"MemoryError: too little.*out= what was finished"):
            hc.screen_combinations(ensemble, **OPTIONS, executor=pool)
        with pytest.raises(NotConvergedError, match=r"\d of 10 pieces are finished and kept"):
            hc.screen_combinations(ensemble, **OPTIONS, executor=pool, out=path)
        monkeypatch.setattr(running, "solve_piece", solve_piece)
        screen = hc.screen_combinations(ensemble, **OPTIONS, executor=pool, out=path)
    np.testing.assert_array_equal(np.asarray(screen.responses), expected.responses)
    with pytest.raises(NotConvergedError, match="shutdown"):
        hc.screen_combinations(ensemble, **OPTIONS, executor=pool)


def test_the_bar_counts_pieces_that_were_finished_before(ensemble, monkeypatch, tmp_path):
    bars = []

    class Bar:
        def __init__(self, total, **_):
            self.total, self.n = total, 0
            bars.append(self)

        def update(self, n=1):
            self.n += n

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    # the function hides its module
    module = sys.modules["hybridcell.therapy.screen.screen_combinations"]
    monkeypatch.setattr(module, "progress_bar", Bar)
    for _ in range(2):
        hc.screen_combinations(ensemble, **OPTIONS, out=tmp_path / "screen.zarr")
    assert [(bar.n, bar.total) for bar in bars] == [(10, 10), (10, 10)]
