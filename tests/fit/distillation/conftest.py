from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.distillation.learned import LearnedRate
from hybridcell.fit.distillation.scope import Scope, sizes_of


def learned_from(points, rates, *, error=0.02, n_data=60):
    """Return a rate that is known everywhere with the same relative error."""
    n = len(rates)
    return LearnedRate(
        points=points,
        rates=rates,
        size=0.05 * float(np.mean(np.abs(rates))),
        offset=np.zeros(n),
        slope=np.eye(n) / error,
        rest=float(n_data),
        n_data=n_data,
    )


def scope_of(points, rates, *, substrates=("S",), products=(), reaction="v", backward=False):
    return Scope(
        reaction=reaction,
        substrates=dict.fromkeys(substrates, 1.0),
        products=dict.fromkeys(products, 1.0),
        others=tuple(id for id in points if id not in substrates),
        sizes=sizes_of(points),
        rate=float(np.mean(np.abs(rates))),
        taken=frozenset(points),
        backward=backward,
    )


@pytest.fixture(scope="session")
def points():
    rng = np.random.default_rng(0)
    return {id: np.exp(rng.normal(size=80)) for id in ("S", "I")}
