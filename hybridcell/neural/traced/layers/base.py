"""What every kind of layer has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.neural.traced.algebra import Algebra

Shapes = dict[str, tuple[int, ...]]


class TracedLayer:
    """A layer. Subclasses are frozen dataclasses whose fields are the arguments of ``torch.nn``, in order."""

    @property
    def shapes(self) -> Shapes:
        """Shapes of the arrays that it needs, by their name in PyTorch."""
        return {}

    @property
    def statistics(self) -> Shapes:
        """Shapes of the arrays that it can have besides: running statistics, which are never estimated."""
        return {}

    @abstractmethod
    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Compute the layer."""


def sizes(what: str, value: Any, n: int) -> tuple[int, ...]:
    """Return one whole number per axis; a single one holds for all."""
    if is_whole(value):
        return (value,) * n
    if isinstance(value, Sequence) and len(value) in (1, n) and all(is_whole(v) for v in value):
        return tuple(value) * (n if len(value) == 1 else 1)
    raise InvalidValueError(f"{what} is {value!r}; wanted a whole number, or {n} of them.")


def positive(what: str, *values: Any) -> None:
    """Refuse sizes that are not positive whole numbers."""
    for value in values:
        if not is_whole(value) or value < 1:
            raise InvalidValueError(f"{what} is {value!r}; wanted a positive whole number.")


def check_axis(x: Any, axis: int, n: int, what: str) -> None:
    """Refuse an input whose axis has another size than the layer's."""
    if x.ndim < (axis + 1 if axis >= 0 else -axis) or x.shape[axis] != n:
        raise InvalidValueError(
            f"the input has the shape {tuple(x.shape)}; wanted {n} {what} on axis {axis}."
        )
