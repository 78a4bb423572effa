import itertools

import jax.numpy as jnp
import numpy as np

from hybridcell._core.expressions import apply, constant, state, time
from hybridcell.mechanisms.program import grouping
from hybridcell.mechanisms.program.grouping import group
from hybridcell.mechanisms.program.layout import join, make_layout

N, FORMS, DEEP = 5, 3, 4
M = FORMS**DEEP * (DEEP + 1)
STATES, CONSTANTS = [state(f"x{i}") for i in range(N)], [constant(f"k{i}") for i in range(M)]
_NUMPY = {"add": np.add, "mul": np.multiply, "div": np.divide, "sub": np.subtract}


def _laws():
    """Large laws of which no two are alike, made of three small forms in every order."""
    laws = []
    own = iter(CONSTANTS)  # which no other law has: nothing is shared
    for order in itertools.product(range(FORMS), repeat=DEEP):
        law = apply("mul", STATES[0], next(own))
        for place, form in enumerate(order):
            x, k = STATES[1 + place], next(own)
            sum_, product = apply("add", law, k), apply("mul", law, x)
            parts = ((sum_, apply("add", k, product)), (product, sum_), (apply("add", product, x), sum_))[
                form
            ]
            law = apply("div", apply("sub", apply("mul", parts[0], k), law), parts[1])
        laws.append(law)
    return laws


def _value(node, x, p):
    if node.op == "state":
        return x[STATES.index(node)]
    if node.op == "constant":
        return p[CONSTANTS.index(node)]
    return _NUMPY[node.op](*(_value(arg, x, p) for arg in node.args))


def _made(laws):
    layout = make_layout(
        laws,
        states=STATES,
        constants=CONSTANTS,
        time=time(),
        delays=(),
        relations=(),
        sizes=(N, M, 0, 0),
    )
    return group(laws, layout, slopes=True), layout


def _operations(program):
    return sum(len(template.steps) for level in program.levels for template in level.templates)


def test_many_large_laws_are_made_of_small_parts(monkeypatch):
    laws = _laws()
    (program, columns), layout = _made(laws)
    monkeypatch.setattr(grouping, "_MANY", 10**9)
    (whole, _), _ = _made(laws)
    assert _operations(whole) > grouping._SMALL_TEMPLATE * 20
    assert 2 * _operations(program) <= _operations(whole)
    rng = np.random.default_rng(0)
    x, p = rng.uniform(0.5, 2.0, N), rng.uniform(0.5, 2.0, M)
    operands = join(jnp.asarray(0.0), x, p, jnp.zeros(0), jnp.zeros(0), jnp.asarray(layout.numbers))
    values, entries = program.linearized(operands)
    wanted = [_value(law, x, p) for law in laws]
    np.testing.assert_allclose(values, wanted, rtol=1e-12)
    np.testing.assert_allclose(whole.values(operands), wanted, rtol=1e-12)
    small = 1e-6
    for j in range(N):
        moved = np.eye(N)[j] * small
        change = [(_value(w, x + moved, p) - _value(w, x - moved, p)) / (2 * small) for w in laws]
        slopes = [entries[one[j]] if j in one else 0.0 for one in columns]
        np.testing.assert_allclose(slopes, change, rtol=1e-6, atol=1e-8 * np.abs(change).max())


def test_few_operations_stay_whole():
    (program, _), _ = _made(_laws()[:2])
    sizes = [len(template.steps) for level in program.levels for template in level.templates]
    assert max(sizes) > grouping._SMALL_TEMPLATE
