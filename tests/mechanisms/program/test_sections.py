"""Expressions by purpose, and the lengths that they are padded to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import apply, constant, number, state
from hybridcell.mechanisms.program.sections import make_sections
from hybridcell.mechanisms.program.sizes import exact_sizes, universal_sizes
from tests.mechanisms.reactions.mass_action import network


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 2))
def test_the_field_is_what_is_left_of_the_rates_above_the_residuals(seed: int, bound: int) -> None:
    rng = np.random.default_rng(seed)
    left = rng.integers(-1, 2, (3 - bound, 3)).astype(float)
    equations = network(
        3,
        [{0: -1, 1: 1}, {1: -2, 2: 1}],
        rates={2: constant("k1"), 0: constant("k0")},
        differential=left,
        residuals=tuple(apply("sub", state("s0"), number(float(i))) for i in range(bound)),
    )
    field = make_sections(equations).field
    assert field.terms == (*equations.fluxes, constant("k0"), constant("k1"), *equations.residuals)
    found, rates = np.zeros((3, len(field.terms))), np.zeros((3, 4))
    np.add.at(found, (field.rows, field.columns), field.coefficients)
    rates[equations.rows, equations.columns] = equations.coefficients
    rates[[0, 2], [2, 3]] = 1.0
    wanted = np.zeros_like(found)
    wanted[: 3 - bound, :4], wanted[3 - bound :, 4:] = left @ rates, np.eye(bound)
    np.testing.assert_array_equal(found, wanted)
    assert sorted(zip(field.rows, field.columns)) == list(zip(field.rows, field.columns))


counts = st.integers(0, 300)


@settings(max_examples=30, deadline=None)
@given(counts, counts, st.tuples(*[st.integers(0, 40)] * 4))
def test_shared_sizes_have_room_for_the_network(n: int, m: int, others: tuple[int, int, int, int]) -> None:
    k, s, e, a = others if others[2] else (*others[:3], 0)
    equations: Any = SimpleNamespace(n=n, constants=range(m))
    sections: Any = SimpleNamespace(
        delays=range(k), relations=range(s), triggers=range(e), event_values=range(a)
    )
    exact, shared = exact_sizes(equations, sections), universal_sizes(equations, sections)
    assert (exact.n, exact.m, exact.k, exact.s, exact.e, exact.a) == (max(n, 1), m, k, s, e, a)
    for name in ("n", "m", "k", "s", "e", "a"):
        assert getattr(shared, name) >= getattr(exact, name)
    assert (shared.k == 0, shared.e == 0) == (k == 0, e == 0)
    again = SimpleNamespace(n=shared.n, constants=range(shared.m))
    assert universal_sizes(again, sections) == shared  # pyright: ignore[reportArgumentType]
