import jax.numpy as jnp
import jax.random as jr
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.identifiability.reach import reach_of
from hybridcell.infer.identifiability.structural import structure_of
from hybridcell.infer.target import as_target


def structure(residuals, names, at, low=0.1, high=10.0):
    toy = FunctionObjective(names, [low] * len(names), [high] * len(names), residuals=residuals)
    target = as_target(toy, at=at)
    return structure_of(target, reach_of(target, 2.0), n_points=6, key=jr.key(0))


def test_full_rank():
    t = np.linspace(0, 2, 7)
    found = structure(lambda p: p[0] * jnp.exp(-p[1] * t), ["a", "k"], [1.0, 1.0])
    assert (found.rank, found.here, found.groups) == (2, 2, ())
    assert np.isnan(found.gap)


def test_two_groups_and_one_without_influence():
    x = np.linspace(1, 2, 7)
    found = structure(
        lambda p: p[0] * p[1] * x + (p[2] + p[3] + p[4]) * x**2 + p[5] * x**3, list("abcdefg"), [1.0] * 7
    )
    assert found.rank == 3
    groups = {group.names: group.freedoms for group in found.groups}
    assert groups == {("a", "b"): 1, ("c", "d", "e"): 2, ("g",): 1}
    texts = {group.names: group.text for group in found.groups}
    assert texts[("g",)] == "g has no influence on what is measured"
    assert "2 of them must be fixed" in texts[("c", "d", "e")]
    assert found.gap > 1e3


def test_a_special_point_is_no_structure():
    """At a = b their sensitivities are the same, elsewhere they are not."""
    t = np.linspace(0, 2, 7)
    found = structure(lambda p: jnp.exp(-p[0] * t) + jnp.exp(-p[1] * t), ["a", "b"], [1.0, 1.0])
    assert (found.here, found.rank, found.groups) == (1, 2, ())


def test_saturation_at_the_point_is_no_structure():
    found = structure(
        lambda p: jnp.array([p[0], jnp.maximum(p[1], 2.0)]), ["a", "b"], [1.0, 1.0], low=0.1, high=9.0
    )
    assert found.here == 1
    assert found.rank == 2
    assert not found.groups


def test_points_that_fail_are_left_out():
    found = structure(lambda p: jnp.array([p[0], p[1] * jnp.sqrt(1.2 - p[1])]), ["a", "b"], [1.0, 1.0])
    assert 1 <= found.points < 7
    assert found.rank == 2


def test_weaker_and_weaker_without_a_gap_is_practical():
    """Singular values from 1 down to far below rounding, in small steps."""
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(24, 24)))[0] for _ in range(2))
    matrix = (left * np.geomspace(1.0, 1e-16, 24)) @ right
    found = structure(lambda p: jnp.asarray(matrix) @ p, [f"p{k}" for k in range(24)], [1.0] * 24)
    assert found.gap < 20
    assert found.groups == ()
    silent = np.concatenate([matrix, np.zeros((24, 1))], axis=1)
    found = structure(lambda p: jnp.asarray(silent) @ p, [f"p{k}" for k in range(25)], [1.0] * 25)
    assert [group.names for group in found.groups] == [("p24",)]
