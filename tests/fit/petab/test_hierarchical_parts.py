"""The parts of hierarchical optimization on their own: affine formulas, least squares, medians."""

from __future__ import annotations

import jax
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import constant, number, state
from hybridcell._core.expressions.expression import apply
from hybridcell.fit.petab.hierarchical.affine import affine
from hybridcell.fit.petab.hierarchical.linear import box_least_squares, weighted_median


def test_formulas_are_affine():
    s, b, h, x = (*map(constant, "sbh"), state("x"))
    times, plus = (lambda *a: apply("mul", *a)), (lambda *a: apply("add", *a))
    part = affine(plus(times(s, times(h, x)), b), {"s", "b"})
    assert part is not None
    assert part.rest is number(0.0)
    assert part.slopes == {"s": times(h, x), "b": number(1.0)}
    assert affine(times(s, plus(b, h)), {"s", "b"}) is None
    assert affine(apply("div", h, s), {"s"}) is None
    assert affine(apply("exp", s), {"s"}) is None
    assert affine(apply("exp", h), {"s"}) is not None


_BOXED = jax.jit(box_least_squares)
_MEDIAN = jax.jit(lambda a, t, w, group: weighted_median(a, t, w, group, 3))


@given(seed=st.integers(0, 2**16), width=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_least_squares_within_bounds(seed, width):
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, 3, 12 * 3))
    a, t, w = rng.normal(size=(36, width)), rng.normal(size=36), rng.uniform(0.1, 3, 36)
    lower = rng.normal(size=(2, width)) - 0.5
    upper = lower + rng.uniform(0.1, 2, size=(2, width))
    found = _BOXED(a, t, w, group, lower, upper)
    for g in range(2):
        own, root = group == g, np.sqrt(w[group == g])
        wanted = lsq_linear(a[own] * root[:, None], t[own] * root, (lower[g], upper[g]), tol=1e-14)
        cost = 0.5 * np.sum((root * (t[own] - a[own] @ np.asarray(found[g]))) ** 2)
        assert cost <= wanted.cost + 1e-10


@given(seed=st.integers(0, 2**16))
@settings(max_examples=25, deadline=None)
def test_weighted_medians(seed):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, 30)
    a, t, w = rng.normal(size=30), rng.normal(size=30), rng.uniform(0.1, 3, 30)
    found, row = _MEDIAN(a, t, w, group)
    for g in range(3):
        own = np.flatnonzero(group == g)
        if not len(own):
            continue
        cost = lambda b: np.sum(w[own] * np.abs(t[own] - a[own] * b))  # noqa: B023, E731
        assert cost(float(found[g])) <= min(cost(b) for b in t[own] / a[own]) + 1e-12
        assert int(row[g]) in own
