import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import as_conditions

TS = [0.0, 0.5, 2.0, 7.3, 15.0]


@pytest.mark.parametrize("method", ["tsit5", "dopri8"])
def test_linear_network_follows_the_matrix_exponential(method, linear, doses, exact):
    solve = hc.Solve(method=method, rtol=1e-10, atol=1e-12)
    found = hc.simulate(linear, t1=15.0, ts=TS, conditions=doses, solve=solve)
    wanted = exact(linear, linear.inputs(as_conditions(doses)), TS)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-8, atol=1e-9)
    assert found.result == ("success",) * 3


@pytest.mark.parametrize("method", ["tsit5", "kvaerno5", "rodas5p"])
@pytest.mark.parametrize(
    "reference", ["tsit5", "dopri8", "kvaerno5", "rodas5p"], ids=["LSODA", "DOP853", "BDF", "Radau"]
)
def test_saturating_network_agrees_with_scipy(method, reference, saturating, doses):
    def run(method, backend):
        solve = hc.Solve(method=method, backend=backend, rtol=1e-10, atol=1e-12)
        return hc.simulate(saturating, t1=15.0, ts=TS, conditions=doses, solve=solve).values

    np.testing.assert_allclose(run(method, "jax"), run(reference, "numpy"), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("solve", "ran"),
    [
        (hc.Solve(backend="numpy"), "LSODA"),
        (hc.Solve(method="rodas5p", backend="numpy"), "Radau"),
        (hc.Solve(dt=0.1, backend="numpy"), "heun"),
        (hc.Solve(), "tsit5"),
    ],
    ids=["numpy", "numpy, stiff", "numpy, fixed", "jax"],
)
def test_the_method_is_the_one_that_ran(solve, ran, saturating):
    assert hc.simulate(saturating, t1=1.0, ts=[0.0, 1.0], solve=solve).method == ran


@pytest.mark.parametrize("method", ["auto", "dopri8", "kvaerno5", "rodas5p"])
def test_scipy_gives_up_where_steps_are_used_up(method, saturating, doses):
    solve = hc.Solve(method=method, backend="numpy", max_steps=3)
    run = hc.simulate(saturating, t1=50.0, n_points=3, conditions=doses[:1], solve=solve)
    assert run.result == ("the solver gave up: more than max_steps steps",)
    assert np.isnan(run.values[0, -1]).all()
    np.testing.assert_array_equal(run.values[0, 0], 0.0)


def test_looser_tolerances_give_larger_errors(linear, doses, exact):
    wanted = exact(linear, linear.inputs(as_conditions(doses)), TS)
    errors = []
    for rtol in (1e-3, 1e-6, 1e-9):
        solve = hc.Solve(rtol=rtol, atol=1e-2 * rtol)
        run = hc.simulate(linear, t1=15.0, ts=TS, conditions=doses, solve=solve)
        errors.append(np.abs(np.asarray(run.values) - wanted).max())
    assert 1e-3 > errors[0] > 10 * errors[1] > 100 * errors[2]


def test_all_late_times_of_long_runs_are_steady(saturating, doses):
    run = hc.simulate(saturating, t1=500.0, ts=[100.0, 200.0, 300.0, 400.0, 500.0], conditions=doses)
    np.testing.assert_allclose(run.values[:, 0], run.values[:, 4], atol=1e-6)


def test_a_condition_that_diverges_is_flagged_and_harms_no_other(make_network):
    weights = [[0, 3.0, 0, 1.0], [3.0, 0, 0, 0], [0, 0, 0, 0]]
    model = make_network(weights, envelope="linear")
    alone = hc.simulate(model, t1=400.0, n_points=5, conditions=[{"c": 1.0}, {}])
    both = hc.simulate(model, t1=400.0, n_points=5, conditions=[{"c": 1.0}, {"d": 1.0}, {}])
    assert both.result[0] == both.result[2] == "success"
    assert "diverged" in both.result[1]
    np.testing.assert_array_equal(both.success, [True, False, True])
    np.testing.assert_allclose(both.values[::2], alone.values, atol=1e-5)
    lost = np.isnan(both.values[1]).any(axis=1)
    assert lost[-1]
    assert not lost[0]
    assert (np.diff(lost.astype(int)) >= 0).all(), "once lost, lost for good"
    assert np.isfinite(both.values[1][~lost]).all()


@pytest.mark.parametrize(
    "solve",
    [hc.Solve(dt=0.1), hc.Solve(dt=0.1, backend="numpy"), hc.Solve(backend="numpy")],
    ids=["fixed", "numpy fixed", "numpy adaptive"],
)
def test_divergence_reads_the_same_from_every_backend(solve, make_network):
    weights = [[0, 3.0, 0, 1.0], [3.0, 0, 0, 0], [0, 0, 0, 0]]
    model = make_network(weights, envelope="linear")
    run = hc.simulate(model, t1=400.0, n_points=5, conditions=[{"c": 1.0}, {"d": 1.0}], solve=solve)
    assert run.result[0] == "success"
    assert run.result[1] != "success"
    np.testing.assert_allclose(run["c"][0, -1], 1.0, atol=1e-5)
    assert np.isnan(run["a"][1, -1])
    assert not np.isinf(run.values).any()


def test_too_few_steps_are_reported(saturating, doses):
    run = hc.simulate(saturating, t1=50.0, n_points=5, conditions=doses, solve=hc.Solve(max_steps=8))
    assert all("gave up" in result for result in run.result[:2])
    assert np.isnan(run.values[0, -1]).all()
    np.testing.assert_array_equal(run.values[0, 0], 0.0)
