"""Room for libsbml's recursion."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: Nesting up to which an ordinary stack is deep enough by far.
ORDINARY_DEPTH = 500
_BYTES_PER_LEVEL = 2**14


class DeeperFile(Exception):
    """A document refers to a file that is nested more deeply than itself, and than the stack has room for."""

    def __init__(self, depth: int) -> None:
        super().__init__(depth)
        self.depth = depth


def with_deep_stack(depth: int, work: Callable[[], T]) -> T:
    """Return ``work()``, done on a stack that is deep enough for a document of this nesting.

    Objects of libsbml that `work` makes must die within it: to free them takes recursion too.
    """
    if depth <= ORDINARY_DEPTH:
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            # the frames hold libsbml's objects
            traceback.clear_frames(error.__traceback__)
            errors.append(error.with_traceback(None))

    # only address space: the system gives memory as the stack grows
    before = threading.stack_size(max(2**25, depth * _BYTES_PER_LEVEL))
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
