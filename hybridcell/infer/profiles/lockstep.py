"""Many dialogues at once: what all of them ask for is one batch of evaluations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

import numpy as np

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

    Attributes
    ----------
    evaluations : int
        Points evaluated so far, each with derivatives.
    batches : int
    best : Point or None
        The least value met so far.
    """

    def __init__(self, target: Models, most: int):
        self._target, self._size = target, next((s for s in _SIZES if s >= most), _SIZES[-1])
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
        points: list[Point | None] = []
        for first in range(0, len(thetas), self._size):
            points += self._piece(thetas[first : first + self._size])
        for point in points:
            if point is not None and (self.best is None or point.value < self.best.value):
                self.best = point
        return points

    def _piece(self, thetas: np.ndarray) -> list[Point | None]:
        self.batches += 1
        # one size, so that one program does for any number
        padding = np.full((self._size - len(thetas), thetas.shape[1]), np.nan)
        values, slopes, curvatures = self._target.models(np.concatenate([thetas, padding]))
        if curvatures is None:
            curvatures = np.zeros((len(values), 0, 0))
        return [
            Point(theta, float(values[k]), slopes[k], curvatures[k], curvatures[k])
            if np.isfinite(values[k])
            else None
            for k, theta in enumerate(thetas)
        ]
