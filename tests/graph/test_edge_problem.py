from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import NotConvergedError
from hybridcell.graph import edge_problem as module
from hybridcell.graph.edge_problem import arrange, moved, slopes_at, without_priors


def unknowns(model):
    target, source = np.nonzero(np.asarray(model.mask))
    return target, source, np.unique(target)


def test_slopes_are_those_of_differences(small_screen):
    _, screen, model = small_screen
    edges = unknowns(model)
    seen, point = arrange(model, screen, edges)
    slopes = slopes_at(point, seen, edges)
    rng = np.random.default_rng(0)
    for k in (*rng.choice(len(edges[0]), 3, replace=False), len(edges[0]) + 1):
        step = np.zeros(slopes.shape[1])
        step[k] = 1e-4
        after, before = (moved(point, seen, sign * step, edges) for sign in (1, -1))
        found = (seen.read(after.x) - seen.read(before.x)) / 2e-4
        np.testing.assert_allclose(found, slopes[:, k], atol=2e-4 * max(1.0, np.abs(found).max()))


def test_values_that_are_missing_do_not_count(small_screen):
    _, screen, model = small_screen
    values = screen.values.copy()
    values[::2, 0] = np.nan
    edges = unknowns(model)
    seen, _ = arrange(model, replace(screen, values=values), edges)
    everything, _ = arrange(model, screen, edges)
    assert len(everything.values) - len(seen.values) == len(values[::2])
    assert np.isfinite(seen.values).all()


def test_a_model_that_settles_nowhere_is_an_error(small_screen, monkeypatch):
    _, screen, model = small_screen

    def lost(model, conditions):
        return np.full((len(screen), 10), np.nan), np.zeros(len(screen), dtype=bool)

    monkeypatch.setattr(module, "_states", lost)
    with pytest.raises(NotConvergedError, match="no steady state"):
        arrange(model, screen, unknowns(model))


def test_priors_on_drugs_do_not_hold_edges_together(small_screen):
    plain = without_priors(small_screen[2])
    assert plain.edge_prior is None
    assert plain.drug_effects is None
    np.testing.assert_allclose(jnp.asarray(plain.weights), small_screen[2].weights, atol=1e-12)
