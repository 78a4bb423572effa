"""A stand-in for progress bars that remembers how far each went."""

from __future__ import annotations

from typing import Any


class Bars(list[Any]):
    """What takes the place of `progress_bar`; holds the bars that were made."""

    def __call__(self, **options: Any) -> Any:
        self.append(_Bar(**options))
        return self[-1]


class _Bar:
    def __init__(self, *, total: int, description: str, show: bool | None = None, delay: float = 0.0):
        self.total, self.description, self.show, self.delay, self.n = total, description, show, delay, 0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: int) -> None:
        self.n += n
