"""All walks together: branches that one walk misses and another one sees."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles.search import box_of, search
from hybridcell.infer.target import as_target


def test_an_end_that_another_walk_has_passed_is_moved():
    # two wells for b = -1 and b = 1; around the upper one a goes further, and only b's own walk gets there
    def value(p):
        a, b = p
        near = a**2 + 5 * (b + 1) ** 2
        far = 0.2 * (a - 4) ** 2 + 5 * (b - 1) ** 2 + 0.3
        return -jnp.log(jnp.exp(-near) + jnp.exp(-far)) + 0.0 * b

    target = as_target(FunctionObjective(["a", "b"], [-9, -3], [9, 3], value=value), at=[0.0, -1.0])
    found = search(target, [0, 1], 6.0, 60, False)
    # 0.2 (a - 4)^2 + 0.3 = 6
    assert found.paths[0, 1].end > 4 + 0.98 * np.sqrt(5.7 / 0.2)
    for path in found.paths.values():
        others = [
            p.theta[path.place]
            for w in found.paths.values()
            for p in w.points
            if p.value < found.start.value + 6
        ]
        assert max(path.sign * x for x in others) <= path.sign * path.end * 1.01 + 0.05


def test_steps_are_a_tenth_of_the_width_or_of_the_value():
    loose = FunctionObjective(["a", "b", "c"], [-2, -np.inf, 1], [2, np.inf, 1], residuals=lambda p: p)
    box = box_of(as_target(loose, at=[0.0, 30.0, 1.0]))
    np.testing.assert_allclose(box.reach, [0.4, 30.0, 1.0])
