"""Fast reactions: what they conserve, what vanishes, and where they lead."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridcell._core.expressions import symbol
from hybridcell.mechanisms.reactions.resolve.fast import equilibrium


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.integers(-2, 2), min_size=n, max_size=n), min_size=1, max_size=5)
    )
)
def test_any_stoichiometry_is_split_into_what_is_conserved_and_what_vanishes(columns):
    """[L; R] determines everything: conserved rows are a basis of the left null space, M = C R."""
    m = np.array(columns, float).T  # states x reactions
    found = equilibrium(
        [{i: float(v) for i, v in enumerate(c) if v} for c in columns],
        [symbol(f"v{j}") for j in range(m.shape[1])],
    )
    touched = np.flatnonzero(np.abs(m).any(axis=1))
    rank = np.linalg.matrix_rank(m)
    conserved = np.zeros((len(found.conserved), m.shape[0]))
    for i, row in enumerate(found.conserved):
        conserved[i, list(row)] = [float(v) for v in row.values()]
    assert len(found.residuals) == len(found.directions) == rank
    assert len(conserved) == len(touched) - rank
    np.testing.assert_allclose(conserved @ m, 0.0, atol=1e-12)
    assert len(conserved) == 0 or np.linalg.matrix_rank(conserved) == len(conserved)
