"""That the driver tells a job that goes on from one that does not; `make chaos` kills a hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import driver
from tests.chaos.driver import Attempt, chaos


@pytest.mark.suite
def test_a_killed_fit_ends_with_the_same_bits() -> None:
    tally = chaos("fit", 1, seed=0)
    assert (tally.kills, tally.alike, tally.failed) == (1, 1, 0)
    assert tally.most_repeated <= 1


def _acted(monkeypatch: pytest.MonkeyPatch, last: Attempt) -> driver.Tally:
    def attempt(job: str, folder: Path, kill_after: float | None = None) -> Attempt:
        if kill_after is not None:
            (folder / "killed").touch()
            return Attempt(kill_after, 3, None)
        return last if (folder / "killed").exists() else Attempt(2.0, 10, "same")

    monkeypatch.setattr(driver, "attempt", attempt)
    return chaos("fit", 4, seed=0)


def test_other_bits_and_work_done_twice_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    good = _acted(monkeypatch, Attempt(1.0, 7, "same"))
    assert good.kills == good.alike == 4
    assert _acted(monkeypatch, Attempt(1.0, 7, "other")).alike == 0
    assert _acted(monkeypatch, Attempt(2.0, 10, "same")).most_repeated == 3
