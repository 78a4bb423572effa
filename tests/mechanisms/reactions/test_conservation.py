"""Conserved moieties: exact, readable, and constant along trajectories."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from hybridcell._core.expressions import constant, state
from hybridcell.mechanisms.reactions.conservation import as_fraction, conserved_moieties, stoichiometry
from hybridcell.mechanisms.reactions.elimination import left_null_space, non_negative_solutions
from hybridcell.mechanisms.reactions.equations import Equations, EventAssignment, EventEquations
from tests.mechanisms.reactions.mass_action import network

SMALL = hypothesis.settings(max_examples=40, deadline=None)


def dense(equations: Equations) -> np.ndarray:
    """Return N."""
    matrix = np.zeros((equations.n, len(equations.fluxes)))
    np.add.at(matrix, (equations.rows, equations.columns), equations.coefficients)
    return matrix


def test_kinase_cascade_reads_like_chemistry() -> None:
    # E + S <-> ES -> E + P, P -> S
    cycle = network(4, [{0: -1, 1: -1, 2: 1}, {2: -1, 0: 1, 3: 1}, {3: -1, 1: 1}])
    assert [str(m) for m in conserved_moieties(cycle)] == ["s0 + s2", "s1 + s2 + s3"]


def test_multiples_are_whole_numbers() -> None:
    dimer = network(2, [{0: -2, 1: 1}])
    (moiety,) = conserved_moieties(dimer)
    assert str(moiety) == "s0 + 2 s1"
    assert moiety.total(np.array([[3.0, 1.0], [5.0, 0.0]])).tolist() == [5.0, 5.0]


def test_differences_stay_where_no_sum_exists() -> None:
    made_together = network(2, [{0: 1, 1: 1}])
    assert [str(m) for m in conserved_moieties(made_together)] == ["s0 - s1"] or [
        str(m) for m in conserved_moieties(made_together)
    ] == ["-s0 + s1"]


def test_a_catalyst_is_conserved_and_an_outsider_is_not_listed() -> None:
    catalysis = network(4, [{0: -1, 1: 1, 2: 0}])
    assert [str(m) for m in conserved_moieties(catalysis)] == ["s0 + s1", "s2"]


def test_what_events_set_is_not_conserved() -> None:
    event = EventEquations(
        id="e",
        trigger=state("s0"),
        initial_value=True,
        persistent=True,
        delay=None,
        priority=None,
        use_trigger_values=True,
        assignments=(EventAssignment(state=0, value=constant("s0")),),
        time_only=False,
    )
    reactions = [{0: -1, 1: 1}, {2: -1, 3: 1}]
    assert [str(m) for m in conserved_moieties(network(4, reactions, events=(event,)))] == ["s2 + s3"]


def test_rate_rules_and_computed_stoichiometry_are_left_out() -> None:
    ruled = network(3, [{0: -1, 1: 1}, {1: -1, 2: 1}], rates={2: constant("s0")})
    assert conserved_moieties(ruled) == ()


def test_fast_reactions_leave_their_sums() -> None:
    # s0 <-> s1 fast (only its sum is differential), s1 -> s2
    link = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    fast = network(3, [{1: -1, 2: 1}], differential=link, residuals=(state("s0"),))
    assert [str(m) for m in conserved_moieties(fast)] == ["s0 + s1 + s2"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.1, "1/10"), (1 / 3, "1/3"), (2.0, "2"), (1e-9, "1/1000000000"), (0.0, "0")]
)
def test_decimals_are_exact(value: float, text: str) -> None:
    assert str(as_fraction(value)) == text


columns = st.lists(
    st.dictionaries(
        st.integers(0, 6), st.sampled_from([-2.0, -1.0, -0.5, 0.1, 1.0, 3.0]), min_size=1, max_size=4
    ),
    min_size=1,
    max_size=8,
)


@SMALL
@hypothesis.given(columns)
def test_basis_is_exact_and_complete(reactions: list[dict[int, float]]) -> None:
    equations = network(7, reactions)
    moieties = conserved_moieties(equations)
    exact = stoichiometry(equations)
    involved = {i for column in exact.values() for i in column}
    for moiety in moieties:
        weights = dict(zip(moiety.indices, moiety.coefficients))
        assert all(sum(weights.get(i, 0) * k for i, k in column.items()) == 0 for column in exact.values())
    rows = np.zeros((len(moieties), 7))
    for k, moiety in enumerate(moieties):
        rows[k, list(moiety.indices)] = moiety.coefficients
    assert len(moieties) == len(involved) - np.linalg.matrix_rank(dense(equations))
    assert not moieties or np.linalg.matrix_rank(rows) == len(moieties)


@SMALL
@hypothesis.given(columns)
def test_non_negative_vectors_solve_and_have_smallest_supports(reactions: list[dict[int, float]]) -> None:
    whole = [column for column in stoichiometry(network(7, reactions)).values() if any(column.values())]
    found = non_negative_solutions(whole, list(range(7)))
    for y in found:
        assert all(k > 0 for k in y.values())
        assert all(sum(y.get(i, 0) * k for i, k in column.items()) == 0 for column in whole)
        assert not any(set(other) < set(y) for other in found)


def test_null_space_vectors_begin_with_the_entry_that_is_theirs() -> None:
    basis = left_null_space([{0: -1, 1: 1}, {2: -1, 3: 2}], range(5))
    first = [next(iter(y)) for y in basis]
    for y, own in zip(basis, first):
        assert all(own not in other for other in basis if other is not y)


@hypothesis.settings(max_examples=10, deadline=None)
@hypothesis.given(
    st.lists(
        st.tuples(st.sampled_from(range(5)), st.sampled_from(range(5))).filter(lambda p: p[0] != p[1]),
        min_size=1,
        max_size=5,
    )
)
def test_totals_stay_constant_along_trajectories(pairs: list[tuple[int, int]]) -> None:
    from hybridcell.simulate import Solve
    from hybridcell.simulate.kinetics.interpreted import integrate_interpreted

    equations = network(5, [{a: -1, b: 1} for a, b in pairs])
    run = integrate_interpreted(
        equations,
        equations.values,
        t0=0.0,
        ts=np.linspace(0.0, 3.0, 7),
        solve=Solve(backend="numpy", atol=1e-9),
        rng=np.random.default_rng(0),
    )
    for moiety in conserved_moieties(equations):
        totals = moiety.total(run.x)
        np.testing.assert_allclose(totals, totals[0], rtol=1e-12)
