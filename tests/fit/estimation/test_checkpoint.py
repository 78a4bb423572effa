from __future__ import annotations

import itertools

import jax
import pytest

from hybridcell._core.errors import FileFormatError
from hybridcell.fit.estimation import estimate, multi_start
from hybridcell.fit.estimation.methods import METHODS
from tests.fit.estimation.objectives import Counting, exponentials, needs, rosenbrock, same

#: Methods whose runs can be stored on their way.
STORED = ("least-squares", "trust-region", "adam")
ALL = tuple(METHODS)


@pytest.mark.parametrize(
    "method", [pytest.param(m, marks=[pytest.mark.suite] if m == "cma-es" else []) for m in ALL]
)
def test_killed_at_every_call_and_gone_on_with_it_ends_the_same(method, tmp_path, monkeypatch):
    needs(method)
    monkeypatch.setattr(multi_start, "_SECONDS", 0.0)
    options = {"n_starts": 4, "batch": 2, "method": method, "max_iterations": 6, "key": jax.random.key(3)}
    options["candidates"] = 1
    whole = Counting(rosenbrock())
    wanted = estimate(whole, **options)
    path = tmp_path / "runs.npz"
    for stop in range(len(whole.sizes)):
        path.unlink(missing_ok=True)
        with pytest.raises(KeyboardInterrupt):
            estimate(Counting(rosenbrock(), stop_at=stop), checkpoint=path, **options)
        rest = Counting(rosenbrock())
        same(estimate(rest, checkpoint=path, **options), wanted)
        if method in STORED and stop > 2:
            # nothing is computed again, but for the call that was cut off (the last two are of final values)
            assert len(rest.sizes) == max(len(whole.sizes) - stop, 2)
    assert not [p for p in tmp_path.iterdir() if p != path]


def test_killed_again_and_again_it_ends_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(multi_start, "_SECONDS", 0.0)
    options = {"n_starts": 5, "batch": 3, "candidates": 1, "key": jax.random.key(3)}
    wanted = estimate(exponentials(), **options)
    path = tmp_path / "runs.npz"
    for _ in itertools.count():
        try:
            found = estimate(Counting(exponentials(), stop_at=7), checkpoint=path, **options)
            break
        except KeyboardInterrupt:
            pass
    same(found, wanted)
    # finished: no step is made any more
    done = Counting(exponentials())
    same(estimate(done, checkpoint=path, **options), wanted)
    assert len(done.sizes) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": jax.random.key(1)}, "the key"),
        ({"n_starts": 3}, "the starts"),
        ({"starts": "uniform"}, "the starts"),
        ({"method": "trust-region"}, "the method"),
        ({"max_iterations": 7}, "the method"),
        ({"objective": rosenbrock(3)}, "the names of the parameters, the bounds"),
        ({"objective": rosenbrock(2, -1.0)}, "the bounds"),
    ],
)
def test_a_checkpoint_of_another_estimation_is_refused(change, message, tmp_path):
    path = tmp_path / "runs.npz"
    options = {"objective": rosenbrock(), "n_starts": 2, "max_iterations": 3, "key": jax.random.key(0)}
    estimate(checkpoint=path, **options)
    with pytest.raises(FileFormatError, match=f"another estimation; what differs: {message}"):
        estimate(checkpoint=path, **{**options, **change})


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "runs.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(FileFormatError, match="no checkpoint"):
        estimate(rosenbrock(), n_starts=1, checkpoint=path, key=jax.random.key(0))
