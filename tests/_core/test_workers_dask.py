"""Dask: two workers, one of which is killed on the way; nothing is lost and no number changes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.therapy.screen import blocks

distributed = pytest.importorskip("distributed", reason="distributed (Dask) is not installed")

WEIGHTS = {("a", "p"): 0.7, ("b", "q"): 0.9, ("p", "growth"): 0.8, ("q", "growth"): 0.6, ("a", "q"): 0.2}
NAMES, KINDS = ("growth", "p", "q", "a", "b"), ("phenotype", "protein", "protein", "drug", "drug")


class Killing:
    """An executor of Dask that kills a worker when it is given its fourth task."""

    def __init__(self, client: Any, pid: int):
        self._client, self._executor, self._pid = client, client.get_executor(), pid
        self.given = 0

    def submit(self, *given: Any, **options: Any) -> Any:
        self.given += 1
        if self.given == 4:
            os.kill(self._pid, signal.SIGKILL)
        return self._executor.submit(*given, **options)


@pytest.fixture
def client() -> Iterator[Any]:
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(**options, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_a_worker_is_killed_and_nothing_is_lost(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_CONDITIONS", 2048)
    monkeypatch.setattr(blocks, "_SIMULATIONS", 4096)
    matrix = np.zeros((5, 5))
    for (source, target), weight in WEIGHTS.items():
        matrix[NAMES.index(target), NAMES.index(source)] = weight
    model = hc.CellBox(NAMES, KINDS, matrix)
    options: dict[str, Any] = {"readout": "growth", "drugs": ["a", "b"], "doses": 128, "input_range": -1.5}
    expected = hc.screen_combinations(model, **options)

    pids = client.run(os.getpid)
    killing = Killing(client, next(iter(pids.values())))
    found = hc.screen_combinations(model, **options, executor=killing)

    assert killing.given >= 8
    np.testing.assert_array_equal(found.responses, expected.responses)
    np.testing.assert_array_equal(found.residual, expected.residual)
    client.wait_for_workers(2, timeout=60)
    assert set(client.run(os.getpid).values()) != set(pids.values())
