"""How spans begin, without any simulation."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.petab.stage import Stage
from tests.tolerances import ANALYTIC


def values_of(problem):
    return jnp.asarray(problem.compiled.nominal)


def at(problem, columns, lane, id):
    return float(columns[lane, problem.compiled.simulator.binding.column[id]])


def test_the_first_level_has_the_models_numbers_the_tables_and_the_conditions(problem_of):
    problem = problem_of("conditions, version 1")
    first: Stage = problem.compiled.simulator.stages[0]
    columns, x = first.enter(values_of(problem), None)
    # without preequilibration: plain, set; then the one before the others
    names = [span.conditions for span in problem.compiled.simulator.plan.levels[0]]
    assert names == [("plain",), ("set",), ("before",)]
    np.testing.assert_allclose([at(problem, columns, k, "k2") for k in range(3)], [1.3, 0.6, 0.3], **ANALYTIC)
    np.testing.assert_allclose(np.sort(x, axis=1), [[0.5, 1.4], [0.8, 2.0], [0.5, 1.4]], **ANALYTIC)


def test_the_next_goes_on_from_its_parent(problem_of):
    problem = problem_of("conditions, version 1")
    second: Stage = problem.compiled.simulator.stages[1]
    theta = values_of(problem)
    binding = problem.compiled.simulator.binding
    columns, _ = problem.compiled.simulator.stages[0].enter(theta, None)
    before = columns, jnp.array([[9.0, 9.0], [8.0, 8.0], [0.2, 0.3]])
    columns, x = second.enter(theta, before)
    assert second.parents.tolist() == [2, 2]
    # k2 of "set" is the model's own again, not that of the preequilibration
    np.testing.assert_allclose([at(problem, columns, k, "k2") for k in range(2)], [1.3, 0.6], **ANALYTIC)
    np.testing.assert_array_equal(x[0], [0.2, 0.3])
    np.testing.assert_allclose(x[1, [binding.state["A"], binding.state["B"]]], [2.0, 0.8], **ANALYTIC)


def test_all_changes_are_computed_before_any_is_made(problem_of):
    problem = problem_of("periods")
    simulator = problem.compiled.simulator
    theta, binding = values_of(problem), simulator.binding
    columns, _ = simulator.stages[0].enter(theta, None)
    a, b = binding.state["A"], binding.state["B"]
    old = jnp.zeros((len(columns), 2)).at[:, a].set(3.0).at[:, b].set(5.0)
    columns, x = simulator.stages[1].enter(theta, (columns, old))
    np.testing.assert_allclose(x[0, [a, b]], [3 + 1.2 * 5 + 2, 1.5], **ANALYTIC)  # the time is 2
    assert at(problem, columns, 0, "k2") == 0.6 + 2 * 0.1


def test_another_size_leaves_concentrations(problem_of):
    problem = problem_of("compartment")
    simulator = problem.compiled.simulator
    theta, a = values_of(problem), simulator.binding.state["A"]
    columns, x = simulator.stages[0].enter(theta, None)
    np.testing.assert_allclose(x[:, a] / at(problem, columns, 0, "c"), 1.5, **ANALYTIC)
    columns, later = simulator.stages[1].enter(theta, (columns, x))
    sizes = [at(problem, columns, lane, "c") for lane in range(2)]
    np.testing.assert_allclose(sizes, [2 * 0.7, 3.0], **ANALYTIC)
    np.testing.assert_allclose(later[:, a] / np.array(sizes), [1.5, 1.7], **ANALYTIC)
