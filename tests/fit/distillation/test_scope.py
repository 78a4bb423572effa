from __future__ import annotations

import numpy as np

from hybridcell.fit.distillation.factors import modulations
from hybridcell.fit.distillation.symbolic import symbolic_laws

from .conftest import learned_from, scope_of


def drawn(ids):
    rng = np.random.default_rng(0)
    return {id: np.exp(rng.normal(size=80)) for id in ids}


def test_constants_of_inputs_that_are_written_alike_have_ids_of_their_own():
    points = drawn(["S", "a.b", "a_b", "a_b_2"])
    scope = scope_of(points, points["S"])
    found = {id: {c.id for f in modulations(scope, id) for c in f.constants} for id in points if id != "S"}
    assert found["a_b"].isdisjoint(found["a.b"])
    assert found["a_b_2"].isdisjoint(found["a.b"] | found["a_b"])
    assert all(map(str.isidentifier, set.union(*found.values())))
    assert scope.half("Ka", "a.b").id == scope.half("Ka", "a.b").id


def test_terms_of_a_sum_have_constants_of_their_own():
    points = drawn(["a", "b", "a_b", "r.k"])
    rates = 0.5 * points["a_b"] - 0.8 * points["a"] * points["b"] + points["r.k"] / (1 + points["r.k"])
    scope = scope_of(points, rates, substrates=())
    laws = symbolic_laws(scope, learned_from(points, rates))
    (found,) = (law for law in laws if law.name == "sparse sum")
    ids = [c.id for c in found.constants]
    assert len(ids) > 2
    assert len(set(ids)) == len(ids)
    assert all(map(str.isidentifier, ids))
    assert all(id in repr(found.math) for id in ids)
