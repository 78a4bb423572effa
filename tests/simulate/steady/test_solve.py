import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import as_conditions
from hybridcell.simulate import solve_steady_state, tiles

#: The methods that look for the state; "auto" tries the fixed point first.
INTEGRATIONS = [hc.Solve(method="tsit5"), hc.Solve(method="heun", dt=0.1), hc.Solve(backend="numpy")]


def test_linear_network_settles_where_algebra_says(linear, doses):
    u = linear.inputs(as_conditions(doses))
    a = np.asarray(linear.epsilon)[:, None] * np.asarray(linear.weights) - np.diag(linear.alpha)
    found = solve_steady_state(linear, u)
    np.testing.assert_allclose(found.x, np.linalg.solve(a, -(np.asarray(linear.epsilon) * u).T).T, atol=1e-7)
    assert found.success.all()
    assert found.stable.all()
    assert found.method == ("fixed point",) * 3
    assert found.flag == ("",) * 3
    assert (found.residual <= 1e-8).all()


def test_root_is_that_of_scipy(saturating, doses):
    from scipy.optimize import root

    u = saturating.inputs(as_conditions(doses))
    found = solve_steady_state(saturating, u)
    w, eps, alpha = (np.asarray(v) for v in (saturating.weights, saturating.epsilon, saturating.alpha))
    for c in range(3):
        wanted = root(lambda x, c=c: eps * np.tanh(w @ x + u[c]) - alpha * x, np.zeros(4), tol=1e-12)
        np.testing.assert_allclose(found.x[c], wanted.x, atol=1e-7)


@pytest.mark.parametrize("solve", INTEGRATIONS, ids=["tsit5", "heun", "numpy"])
def test_integration_arrives_at_the_same_state(solve, saturating, doses):
    u = saturating.inputs(as_conditions(doses))
    by_iteration, by_time = solve_steady_state(saturating, u), solve_steady_state(saturating, u, solve=solve)
    np.testing.assert_allclose(by_time.x, by_iteration.x, atol=1e-7)
    assert by_time.method == ("integration",) * 3
    assert by_time.success.all()


@pytest.fixture(scope="module")
def ring(make_network):
    """Three nodes that inhibit one another in a circle, as in the repressilator; d drives a."""
    weights = np.zeros((4, 4))
    weights[[1, 2, 0], [0, 1, 2]] = -3.0
    weights[0, 3] = 1.0
    return make_network(weights, kinds=("protein", "protein", "protein", "drug"))


def test_ring_of_inhibitors_is_flagged(ring):
    found = solve_steady_state(ring, ring.inputs(as_conditions([{"d": 0.5}, {}])))
    assert found.flag == ("oscillating", "unstable")
    assert not found.success.any()
    assert not found.stable.any()
    assert found.residual[0] > 1e-3
    assert found.residual[1] <= 1e-8
    assert np.isfinite(found.x).all()


def test_an_oscillation_with_the_period_of_the_late_times_is_flagged(make_network):
    weights = [[2.0, -2.691], [2.691, 2.0]]
    found = solve_steady_state(make_network(weights), np.outer(np.linspace(0.02, 0.2, 4), [1, 0, 0, 0]))
    assert found.flag == ("oscillating",) * 4


def test_weak_ring_settles(make_network):
    weights = np.zeros((4, 4))
    weights[[1, 2, 0], [0, 1, 2]] = -1.5
    model = make_network(weights, kinds=("protein", "protein", "protein", "drug"))
    found = solve_steady_state(model, np.array([[0.2, 0, 0, 0]]))
    assert found.success.all()


@pytest.fixture(scope="module")
def runaway(make_network):
    """A linear network whose a and b blow up together; c is apart from them."""
    return make_network([[0, 3.0, 0, 1.0], [3.0, 0, 0, 0]], envelope="linear")


def test_diverging_network_is_flagged_and_others_keep_their_state(runaway):
    found = solve_steady_state(runaway, runaway.inputs(as_conditions([{"c": 1.0}, {"d": 1.0}])))
    assert found.flag == ("unstable", "diverged")
    np.testing.assert_allclose(found.x[0], [0, 0, 1, 0], atol=1e-7)
    assert np.isinf(found.residual[1])
    assert not found.success.any()


def test_slow_divergence_is_no_oscillation(make_network):
    model = make_network([[0, 1.01], [1.01, 0]], envelope="linear")
    found = solve_steady_state(model, np.array([[0.1, 0, 0, 0]]))
    assert found.flag == ("diverged",)


def test_one_runaway_condition_harms_no_other(make_network):
    """A residual that grows without bound for positive states only."""
    import equinox as eqx
    import jax.random as jr

    residual = hc.NeuralResidual(["a"], ["a"], width=1, bound=None, activation="softplus", key=jr.key(0))
    hybrid = make_network([[0, 0, 0, 1.0]]) + residual
    network = hybrid.residuals[0].network
    numbers = lambda n: [*(w.raw for w in n.weights), *(b.raw for b in n.biases)]  # noqa: E731
    filled = eqx.tree_at(numbers, network, [np.array([[5.0]]), np.array([[0.6]]), np.array([-2.0])])
    hybrid = eqx.tree_at(lambda m: m.residuals[0].network, hybrid, filled)
    found = solve_steady_state(hybrid, hybrid.inputs(as_conditions([{"d": -1.0}, {"d": 3.0}, {}])))
    assert found.flag == ("", "diverged", "")
    assert found.success.tolist() == [True, False, True]


def test_bistable_network_gives_a_stable_root(make_network):
    model = make_network([[0, 2.0], [2.0, 0]])
    found = solve_steady_state(model, np.array([[0.3, 0, 0, 0], [-0.3, 0, 0, 0], [0, 0, 0, 0]]))
    assert found.success.tolist() == [True, True, False]
    assert found.flag[2] == "unstable"
    assert found.x[0, 0] > 0.5
    assert found.x[1, 0] < -0.5


def test_start_chooses_among_stable_states(make_network):
    model = make_network([[0, 2.0], [2.0, 0]])
    start = np.array([[1.0, 1.0, 0, 0], [-1.0, -1.0, 0, 0]])
    found = solve_steady_state(model, np.zeros((2, 4)), x0=start)
    assert found.success.all()
    np.testing.assert_allclose(found.x[0], -found.x[1], atol=1e-7)
    assert found.x[0, 0] > 0.9


def test_network_too_strong_for_the_iteration_is_solved_by_newton_or_chord(make_network):
    # a damped loop: eigenvalues of J are -1 +- 4i, so that the fixed point iteration does not converge
    weights = [[0, -4.0], [4.0, 0]]
    model = make_network(weights, envelope="linear")
    found = solve_steady_state(model, np.array([[1.0, 0, 0, 0], [0, 0.5, 0, 0]]))
    assert found.success.all()
    assert set(found.method) <= {"chord", "newton"}
    np.testing.assert_allclose(found.x[0, :2], [1 / 17, 4 / 17], atol=1e-7)


@pytest.mark.parametrize("spread", [1e2, 1e4])
def test_very_unequal_rates(spread, make_network):
    alpha = np.array([1.0, 1 / spread, 1.0, 1.0])
    model = make_network([[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3]], alpha=alpha, epsilon=alpha)
    found = solve_steady_state(model, model.inputs(as_conditions({"d": 1.0})))
    assert found.success.all()
    np.testing.assert_allclose(found.x[0, 0], np.tanh(0.4 * found.x[0, 1] + 0.8 * np.tanh(1)), atol=1e-7)


def test_clamped_drugs_hold_their_input(make_network, doses):
    model = make_network([[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3]], clamp=True)
    found = solve_steady_state(model, model.inputs(as_conditions(doses)))
    np.testing.assert_allclose(found.x[:, 3], [-1.0, 0.5, 0.0], atol=1e-8)
    assert found.success.all()
    assert found.stable.all()


def test_without_certificate_the_states_are_the_same(saturating, doses):
    u = saturating.inputs(as_conditions(doses))
    with_it, without = solve_steady_state(saturating, u), solve_steady_state(saturating, u, certify=False)
    np.testing.assert_array_equal(with_it.x, without.x)
    assert without.success.all()


def test_many_conditions(saturating, monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 32)
    u = np.zeros((70, 4))
    u[:, 3] = np.linspace(-1, 1, 70)
    found = solve_steady_state(saturating, u)
    assert found.x.shape == (70, 4)
    assert found.success.all()
    np.testing.assert_allclose(found.x, -found.x[::-1], atol=1e-7)


def test_no_conditions(saturating):
    found = solve_steady_state(saturating, np.zeros((0, 4)))
    assert found.x.shape == (0, 4)
    assert found.flag == ()


def test_one_program_serves_all_numbers_of_conditions(ring, count_programs):
    solve_steady_state(ring, ring.inputs(as_conditions([{"d": 0.5}, {}])))
    with count_programs() as compiled:
        strengths = [{"d": s} for s in (0.1, 0.2, 0.3, 0.4, 0.5)]
        solve_steady_state(ring, ring.inputs(as_conditions(strengths)), solve=hc.Solve(steady_tol=1e-7))
    assert compiled == []


@pytest.mark.parametrize(
    ("u", "x0", "message"),
    [
        (
            np.zeros(4),
            None,
            r"u has the shape \(4,\); wanted .*\(conditions, 4\).* Give one condition as u\[None\]",
        ),
        (np.zeros((4, 3)), None, r"u has the shape \(4, 3\); .* Transpose it: u\.T"),
        (np.zeros((2, 5)), None, r"u has the shape \(2, 5\); wanted .* as model\.inputs"),
        ({"d": -1.0}, None, "u is a dict .*; wanted numbers"),
        ([[0.0, 1.0], [2.0]], None, "u is a list .*; wanted numbers"),
        (np.zeros((2, 4)), np.zeros(4), r"x0 has the shape \(4,\); .* x0\[None\]"),
        (np.zeros((2, 4)), np.zeros((1, 4)), r"x0 has 1 rows and u has 2; .* np\.repeat"),
        (np.zeros((2, 4)), "here", "x0 is a str .*; wanted numbers"),
    ],
)
def test_tables_of_another_shape_are_told(u, x0, message, linear):
    with pytest.raises(InvalidValueError, match=message):
        solve_steady_state(linear, u, x0=x0)


def test_no_conditions_have_no_steady_states(linear):
    assert solve_steady_state(linear, np.zeros((0, 4))).x.shape == (0, 4)
