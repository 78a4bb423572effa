"""Work on executors: results in order, tasks of dead workers again, errors told."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

import hybridcell as hc
from hybridcell._core import workers as module
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.workers import ATTEMPTS, Parcel, Workers, working


class Losing(ThreadPoolExecutor):
    """Threads, some of whose tasks are lost as those of a process that died are."""

    def __init__(self, losses: int):
        super().__init__(2)
        self.left, self._count = losses, threading.Lock()

    def submit(self, function, /, *given, **options):
        with self._count:
            lost, self.left = self.left > 0, self.left - 1
        if not lost:
            return super().submit(function, *given, **options)
        future: Future = Future()
        future.set_exception(BrokenProcessPool("a process died"))
        return future


def square(x: float) -> float:
    return x * x


def precision_there(_: int) -> str:
    return hc.config.precision


def die_once(marks: str, number: int) -> int:
    """Kill the own process, the first time that the third task is met."""
    mark = Path(marks) / "died"
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    if number == 3:
        raise MemoryError("too little")
    return number


def test_results_come_in_order_and_are_counted() -> None:
    counted = []
    with ThreadPoolExecutor(3) as pool, Workers(pool) as workers:
        assert workers.size == 3
        found = workers.map(square, [(k,) for k in range(40)], advance=lambda: counted.append(1))
        assert workers.map(square, []) == []
    assert found == [k * k for k in range(40)]
    assert len(counted) == 40


def test_no_executor_means_no_workers() -> None:
    with working(None) as workers:
        assert workers is None
    with pytest.raises(InvalidValueError, match=r"executor is a int; wanted a concurrent\.futures\.Executor"):
        working(4)


def test_lost_tasks_are_given_out_again() -> None:
    with Losing(5) as pool, Workers(pool) as workers, pytest.warns(RuntimeWarning, match="computed again"):
        assert workers.map(square, [(k,) for k in range(20)]) == [k * k for k in range(20)]


def test_what_is_lost_time_and_again_is_an_error() -> None:
    with (
        Losing(10**6) as pool,
        Workers(pool) as workers,
        pytest.warns(RuntimeWarning, match="computed again"),
        pytest.raises(NotConvergedError, match=f"lost with its worker {ATTEMPTS} times .*__main__"),
    ):
        workers.map(square, [(1,)])


def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool, Workers(pool) as workers:
        with pytest.warns(RuntimeWarning, match="computed again"):
            assert workers.map(die_once, [(str(tmp_path), k) for k in range(6)]) == list(range(6))
        # the broken pool stays replaced for what follows
        assert workers.map(die_once, [(str(tmp_path), k) for k in range(3)]) == list(range(3))
    assert (tmp_path / "died").exists()


def test_errors_of_tasks_are_raised_and_what_ran_is_kept() -> None:
    kept = {}
    tasks = iter(range(6))
    with (
        ThreadPoolExecutor(1) as pool,
        Workers(pool) as workers,
        pytest.raises(MemoryError, match="too little"),
    ):
        workers.run(fail, lambda: _named(next(tasks, None)), kept.__setitem__)
    assert {0, 1, 2} <= set(kept) <= {0, 1, 2, 4, 5}
    assert all(name == value for name, value in kept.items())


def _named(number: int | None) -> tuple[int, tuple[int]] | None:
    return None if number is None else (number, (number,))


def test_a_result_can_end_all() -> None:
    tasks = iter(range(1000))
    with ThreadPoolExecutor(1) as pool, Workers(pool) as workers:
        workers.run(square, lambda: _named(next(tasks, None)), lambda name, _: name == 5)
    assert next(tasks) < 20


def test_a_closed_executor_is_told() -> None:
    with ThreadPoolExecutor(1) as pool:
        pass
    with Workers(pool) as workers, pytest.raises(NotConvergedError, match=r"shutdown.*with statement"):
        workers.map(square, [(1,)])


def test_precision_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module._there("float32", precision_there, (0,)) == "float32"
    assert hc.config.precision == "float64"


def test_parcels_are_opened_once_and_few_are_kept() -> None:
    parcel = Parcel({"a": [1, 2, 3]})
    sent = pickle.dumps(parcel)
    one, two = pickle.loads(sent), pickle.loads(sent)
    assert one is two
    assert one.value == parcel.value
    for k in range(10):
        pickle.loads(pickle.dumps(Parcel(k)))
    assert len(module._opened) == module._KEPT
    assert pickle.loads(sent) is not one


def test_what_cannot_be_sent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(InvalidValueError, match=r"cannot be sent to another process .*ThreadPoolExecutor"):
        pickle.dumps(Parcel(lambda x: x))


def test_functions_of_a_notebook_are_sent_where_cloudpickle_is() -> None:
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
    sent = pickle.dumps(Parcel(lambda x: x + 1))
    assert pickle.loads(sent).value(1) == 2
