"""Work handed to the workers of an executor: results in order, and nothing lost with a worker that dies."""

from __future__ import annotations

import hashlib
import os
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from hybridcell._core.config import config
from hybridcell._core.errors import InvalidValueError, NotConvergedError

#: How often a task may be lost together with its worker, before it is taken to be what kills it.
ATTEMPTS = 5
#: Parcels that a worker keeps open.
_KEPT = 4
_opened: OrderedDict[str, Any] = OrderedDict()


class Parcel:
    """A value that many tasks need: packed once, and opened once by each process that gets it.

    What the value computes and keeps, such as compiled programs, so serves all tasks of a process.
    """

    def __init__(self, value: Any):
        self.value = value
        self._packed: tuple[str, bytes] | None = None

    def __reduce__(self) -> tuple[Any, tuple[str, bytes]]:
        if self._packed is None:
            packed = _pack(self.value)
            self._packed = hashlib.sha256(packed).hexdigest(), packed
        return _open, self._packed


def _pack(value: Any) -> bytes:
    try:
        return pickle.dumps(value)
    except Exception as error:  # what pickle raises is the choice of each class
        try:
            import cloudpickle  # comes with Dask; takes functions that are defined anywhere
        except ImportError:
            raise InvalidValueError(
                f"A {type(value).__name__} cannot be sent to another process ({error}). Define the functions "
                "that it holds at the top level of a module, install cloudpickle, or take a "
                "ThreadPoolExecutor."
            ) from error
        return cloudpickle.dumps(value)


def _open(mark: str, packed: bytes) -> Parcel:
    if mark not in _opened:
        _opened[mark] = Parcel(pickle.loads(packed))
        while len(_opened) > _KEPT:
            _opened.popitem(last=False)
    _opened.move_to_end(mark)
    return _opened[mark]


class Workers:
    """The workers of an executor. Use it in a with statement.

    A task whose worker died is given out again, up to `ATTEMPTS` times in all. A process pool is broken as a
    whole when one of its processes dies: a pool like it takes its place. Dask gives tasks of a dead worker to
    another one by itself, and so they come back here only where that was of no use.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Threads, processes, ``get_executor()`` of a Dask client, or ``mpi4py.futures.MPIPoolExecutor``.

    Raises
    ------
    InvalidValueError
        When it is no executor.
    """

    def __init__(self, executor: Any):
        if not callable(getattr(executor, "submit", None)):
            raise InvalidValueError(
                f"executor is a {type(executor).__name__}; wanted a concurrent.futures.Executor, such as "
                "ThreadPoolExecutor(4)."
            )
        self._executor = executor
        self._own: ProcessPoolExecutor | None = None
        self.size = _count(executor)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.shutdown(cancel_futures=True)

    def map(
        self,
        function: Callable[..., Any],
        arguments: Iterable[tuple[Any, ...]],
        *,
        advance: Callable[[], Any] = lambda: None,
    ) -> list[Any]:
        """Return what a function gives for each tuple of arguments, in their order.

        Parameters
        ----------
        function
            Of the top level of a module, so that processes find it.
        advance
            Called when a result is there.
        """
        waiting = enumerate(arguments)
        results: dict[int, Any] = {}

        def keep(place: int, result: Any) -> None:
            results[place] = result
            advance()

        self.run(function, lambda: next(waiting, None), keep)
        return [results[k] for k in range(len(results))]

    def run(
        self,
        function: Callable[..., Any],
        take: Callable[[], tuple[Any, tuple[Any, ...]] | None],
        keep: Callable[[Any, Any], Any],
    ) -> None:
        """Work off tasks, some of which may arise from the results of others.

        Parameters
        ----------
        take
            Gives the name and the arguments of a task; None where there is none (yet).
        keep
            Is given the name and the result of a task; True from it ends all.

        Raises
        ------
        NotConvergedError
            When a task cannot be given out, or was lost with its worker time and again.
        Exception
            What a task itself raises. Tasks that run by then are waited for, and their results kept.
        """
        pending: dict[Future[Any], tuple[Any, tuple[Any, ...], int]] = {}
        try:
            while True:
                # as many as keep the workers busy: each task given out holds a copy of its arguments
                while len(pending) < 2 * self.size + 2 and (ready := take()) is not None:
                    self._give(pending, function, *ready, 0)
                if not pending:
                    return
                lost: list[tuple[Any, tuple[Any, ...], int]] = []
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    name, given, losses = pending.pop(future)
                    error = _error(future)
                    if error is None:
                        if keep(name, future.result()):
                            return
                    elif _is_loss(error):
                        if losses + 1 >= ATTEMPTS:
                            raise _gone(error, losses + 1) from error
                        lost.append((name, given, losses + 1))
                    else:
                        raise error
                if lost:
                    _tell(len(lost))
                for task in lost:
                    self._give(pending, function, *task)
        except Exception:
            _keep_rest(pending, keep)
            raise
        finally:
            for future in pending:
                future.cancel()

    def _give(self, pending: dict[Any, Any], function: Any, name: Any, given: Any, losses: int) -> None:
        for last in (False, True):
            try:
                future = self._executor.submit(_there, config.precision, function, given)
            except BrokenExecutor as error:
                if last or not self._replace():
                    raise _gone(error, losses) from error
            except RuntimeError as error:  # shut down
                raise NotConvergedError(
                    f"The executor takes no task ({error}). Give one that is open: call inside of its with "
                    "statement."
                ) from error
            else:
                pending[future] = name, given, losses
                return

    def _replace(self) -> bool:
        """Put a pool of the same kind in the place of a broken one; return whether that is possible."""
        if type(self._executor) is not ProcessPoolExecutor:
            return False
        broken: Any = self._executor
        if self._own is not None:
            self._own.shutdown(wait=False)
        self._executor = self._own = ProcessPoolExecutor(
            broken._max_workers,
            mp_context=broken._mp_context,
            initializer=broken._initializer,
            initargs=broken._initargs,
        )
        return True


def working(executor: Any) -> AbstractContextManager[Workers | None]:
    """Return the workers of an executor, or None where there is none, for a with statement."""
    return nullcontext() if executor is None else Workers(executor)


def _there(precision: str, function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """Call a function in a worker, with the precision of where the work comes from."""
    before = config.precision
    if before != precision:  # a fresh process starts in double precision
        config.precision = precision
    try:
        return function(*given)
    finally:
        if before != precision:
            config.precision = before


def _count(executor: Any) -> int:
    for name in ("_max_workers", "num_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    client = getattr(executor, "_client", None)  # of Dask: one worker each, however many threads
    threads = client.nthreads() if client is not None else {}
    return sum(threads.values()) or os.cpu_count() or 1


def _error(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:  # by Dask, when it lost sight of the task
        return error


def _is_loss(error: BaseException) -> bool:
    # Dask's error is known by its name, because Dask may not be there
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__name__ == "KilledWorker"


def _gone(error: BaseException, times: int) -> NotConvergedError:
    return NotConvergedError(
        f"A task was lost with its worker {times} times ({type(error).__name__}: {error}). Look at what "
        "kills workers: too little memory is the usual reason, of which fewer workers need less. Processes "
        "that are spawned need the calls of a script to stand under if __name__ == '__main__'."
    )


def _tell(n: int) -> None:
    warnings.warn(
        f"A worker of the executor died; {n} task(s) that were lost with it are computed again.",
        RuntimeWarning,
        stacklevel=2,
    )


def _keep_rest(pending: dict[Future[Any], tuple[Any, tuple[Any, ...], int]], keep: Any) -> None:
    """Let tasks that run come to their end, and keep what they give."""
    for future in pending:
        future.cancel()
    for future in wait(pending).done:
        if not future.cancelled() and future.exception() is None:
            keep(pending[future][0], future.result())
