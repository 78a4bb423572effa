"""Many dialogues at once: what all of them ask for is one batch of evaluations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

import numpy as np

from hybridcell._core.workers import Parcel, Workers
from hybridcell.infer.profiles.point import Point

#: Sizes of batches: a program is compiled for each that is used.
_SIZES = (8, 32, 128, 512)


class Models(Protocol):
    """What gives quadratic models of many points: a `Target`, or what stands for one."""

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return values, slopes and curvatures; see `Target.models`."""
        ...


class Together:
    """Evaluates what dialogues ask for, in batches of one size.

    Parameters
    ----------
    target : Target or other models
    most : int
        Dialogues at a time.
    workers
        Who evaluates, in batches of the same size; None: this process.

    Attributes
    ----------
    evaluations : int
        Points evaluated so far, each with derivatives.
    batches : int
    best : Point or None
        The least value met so far.
    """

    def __init__(self, target: Models, most: int, workers: Workers | None = None):
        self._target, self._size = target, next((s for s in _SIZES if s >= most), _SIZES[-1])
        self._parcel, self._workers = Parcel(target), workers
        self.evaluations = self.batches = 0
        self.best: Point | None = None

    def run(
        self,
        dialogues: Sequence[Generator[np.ndarray, Point | None, Any]],
        *,
        on_end: Callable[[], Any] = lambda: None,
        until: Callable[[], bool] = lambda: False,
    ) -> list[Any]:
        """Return what every dialogue ends with.

        Parameters
        ----------
        on_end
            Called when one ends.
        until
            Called after every batch; True leaves all of them where they are, with None as their result.
        """
        results: list[Any] = [None] * len(dialogues)
        asked: dict[int, np.ndarray] = {}
        for number in range(len(dialogues)):
            self._send(dialogues, number, None, asked, results, on_end)
        while asked and not until():
            numbers = list(asked)
            points = self._points(np.stack([asked.pop(number) for number in numbers]))
            for number, point in zip(numbers, points):
                self._send(dialogues, number, point, asked, results, on_end)
        return results

    def _send(
        self,
        dialogues: Any,
        number: int,
        point: Point | None,
        asked: dict[int, Any],
        results: list[Any],
        on_end: Any,
    ) -> None:
        try:
            asked[number] = dialogues[number].send(point)
        except StopIteration as end:
            results[number] = end.value
            on_end()

    def _points(self, thetas: np.ndarray) -> list[Point | None]:
        self.evaluations += len(thetas)
        share = self._size
        if self._workers is not None:
            share = min(share, -(-len(thetas) // self._workers.size))
        parts = [thetas[first : first + share] for first in range(0, len(thetas), share)]
        self.batches += -(-len(thetas) // self._size)
        if self._workers is None:
            pieces = [_piece(self._target, self._size, part) for part in parts]
        else:
            pieces = self._workers.map(_piece_there, [(self._parcel, self._size, part) for part in parts])
        points = [point for piece in pieces for point in piece]
        for point in points:
            if point is not None and (self.best is None or point.value < self.best.value):
                self.best = point
        return points


def _piece_there(parcel: Parcel, size: int, thetas: np.ndarray) -> list[Point | None]:
    return _piece(parcel.value, size, thetas)


def _piece(target: Models, size: int, thetas: np.ndarray) -> list[Point | None]:
    # one size, so that one program does for any number
    padding = np.full((size - len(thetas), thetas.shape[1]), np.nan)
    values, slopes, curvatures = target.models(np.concatenate([thetas, padding]))
    if curvatures is None:
        curvatures = np.zeros((len(values), 0, 0))
    return [
        Point(theta, float(values[k]), slopes[k], curvatures[k], curvatures[k])
        if np.isfinite(values[k])
        else None
        for k, theta in enumerate(thetas)
    ]
