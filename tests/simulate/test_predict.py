import dataclasses

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import Conditions, as_conditions
from hybridcell.simulate import ensemble_states, solve_steady_state


def _conditions(times):
    doses = np.array([[-1.0], [0.5], [0.0]])
    return Conditions(("one", "two", "three"), ("d",), doses, time=np.asarray(times, dtype=float))


@pytest.fixture(scope="module")
def members(make_network):
    """Networks that differ in one weight; the last is a ring that oscillates when driven."""
    weights = [[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3], [0.6, 0.2, 0, 0]]
    kinds = ("protein", "protein", "protein", "drug")
    mask = np.ones((4, 4), dtype=bool)
    models = [make_network(np.array(weights) * s, kinds=kinds, mask=mask) for s in (0.5, 0.8, 1.0, 1.2)]
    ring = np.zeros((4, 4))
    ring[[1, 2, 0], [0, 1, 2]] = -3.0
    ring[0, 3] = 1.0
    return [*models, make_network(ring, kinds=kinds, mask=mask)]


@pytest.fixture(scope="module")
def ensemble(members):
    return Ensemble.from_models(members[:4])


def test_model_predicts_its_steady_states(saturating, doses):
    predicted = hc.predict(saturating, doses)
    found = solve_steady_state(saturating, saturating.inputs(as_conditions(doses)))
    np.testing.assert_array_equal(predicted.X, found.x)
    np.testing.assert_array_equal(predicted.layers["predicted"], found.x)
    assert predicted.obs["success"].all()
    assert predicted.var_names.tolist() == ["a", "b", "c", "d"]
    assert predicted.obsm["doses"]["d"].tolist() == [-1.0, 0.5, 0.0]


def test_a_fit_predicts_as_its_model(saturating, doses):
    from hybridcell.fit import Fit

    fitted = Fit(model=saturating, result="success", loss=0.0, train=None)
    np.testing.assert_array_equal(hc.predict(fitted, doses).X, hc.predict(saturating, doses).X)


def test_what_cannot_predict_is_refused(doses):
    with pytest.raises(InvalidValueError, match="given a dict; wanted a model, a Fit or an Ensemble"):
        hc.predict({}, doses)


def test_unknown_drug_suggests_the_nearest():
    model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], np.zeros((2, 2)))
    with pytest.raises(UnknownNameError, match="Did you mean 'aMEK'"):
        hc.predict(model, {"aMEKi": 1.0})


@pytest.mark.parametrize("solve", [None, hc.Solve(method="rk4", dt=0.05)], ids=["adaptive", "fixed"])
def test_each_condition_is_predicted_for_its_own_time(solve, saturating, linear, exact):
    given = _conditions([2.0, 0.5, 2.0])
    predicted = hc.predict(linear, given, solve=solve)
    wanted = exact(linear, linear.inputs(given), [0.5, 2.0])[[0, 1, 2], [1, 0, 1]]
    np.testing.assert_allclose(predicted.X, wanted, atol=1e-5)
    assert predicted.obs["time"].tolist() == [2.0, 0.5, 2.0]
    assert predicted.obs["success"].all()


def test_one_time_may_be_given_for_all(linear, exact, doses):
    predicted = hc.predict(linear, doses, time=1.5)
    wanted = exact(linear, linear.inputs(as_conditions(doses)), [1.5])[:, 0]
    np.testing.assert_allclose(predicted.X, wanted, atol=1e-5)
    np.testing.assert_array_equal(hc.predict(linear, doses, time=0.0).X, 0.0)


@pytest.mark.parametrize("time", [-1.0, np.nan, np.inf])
def test_wrong_time_is_refused(time, linear, doses):
    with pytest.raises(InvalidValueError, match="time is"):
        hc.predict(linear, doses, time=time)


@pytest.mark.parametrize("times", [[1.0, np.nan, 2.0], [1.0, -1.0, 2.0]])
def test_wrong_time_of_a_condition_is_refused_by_name(times, linear):
    with pytest.raises(InvalidValueError, match="condition 'two'"):
        hc.predict(linear, _conditions(times))


def test_unsolved_conditions_are_nan(members):
    predicted = hc.predict(members[4], [{"d": 0.5}, {"b": 0.0}])
    assert not predicted.obs["success"].any()
    assert np.isnan(predicted.X).all()


def test_only_what_a_condition_asks_for_must_succeed(make_network):
    runaway = make_network([[0, 3.0], [3.0, 0]], envelope="linear")
    given = Conditions(("early", "late"), ("a",), np.ones((2, 1)), time=np.array([1.0, 400.0]))
    predicted = hc.predict(runaway, given)
    assert predicted.obs["success"].tolist() == [True, False]
    assert np.isfinite(predicted.X[0]).all()
    assert np.isnan(predicted.X[1]).all()


@pytest.mark.parametrize("time", [None, 2.0])
def test_ensemble_gives_mean_and_spread_of_its_members(time, ensemble, members, doses):
    predicted = hc.predict(ensemble, doses, time=time)
    each = np.stack([hc.predict(model, doses, time=time).X for model in members[:4]])
    np.testing.assert_allclose(predicted.layers["predicted"], each.mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(predicted.layers["epistemic"], each.std(axis=0), atol=1e-7)
    assert (predicted.obs["success"] == 1.0).all()


def test_the_spread_of_members_is_no_interval(ensemble, doses):
    predicted = hc.predict(ensemble, doses)
    assert (predicted.layers["lower"] == -np.inf).all()
    assert (predicted.layers["upper"] == np.inf).all()
    assert np.isnan(predicted.layers["aleatoric"]).all()
    about = predicted.uns["hybridcell"]["interval"]
    assert about["method"] == "none"
    assert "hc.infer.calibrate" in about["reason"]


def test_members_count_by_their_weights(ensemble, members, doses):
    weights = np.array([3.0, 1.0, 0.0, 0.0])
    predicted = hc.predict(dataclasses.replace(ensemble, weights=weights), doses)
    each = np.stack([hc.predict(model, doses).X for model in members[:2]])
    mean = (3 * each[0] + each[1]) / 4
    np.testing.assert_allclose(predicted.X, mean, atol=1e-7)
    sd = np.sqrt((3 * (each[0] - mean) ** 2 + (each[1] - mean) ** 2) / 4)
    np.testing.assert_allclose(predicted.layers["epistemic"], sd, atol=1e-7)


@pytest.mark.parametrize("level", [0, 1, 90, -0.1, np.nan])
def test_a_level_that_is_no_share_is_refused(level, ensemble, doses):
    with pytest.raises(InvalidValueError, match="level is"):
        hc.predict(ensemble, doses, level=level)


def test_a_member_that_does_not_settle_is_left_out(members, ensemble, doses):
    mixed = Ensemble.from_models(members)
    values, success = ensemble_states(mixed, as_conditions(doses))
    assert success.mean(axis=1).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert np.isnan(values[4]).all()
    predicted = hc.predict(mixed, doses)
    np.testing.assert_allclose(predicted.X, hc.predict(ensemble, doses).X, atol=1e-7)
    np.testing.assert_allclose(predicted.obs["success"], 0.8)


def test_a_member_whose_fit_failed_is_left_out(members, ensemble, doses):
    failed = dataclasses.replace(ensemble, result=("success", "success", "success", "the loss is not finite"))
    predicted = hc.predict(failed, doses)
    np.testing.assert_allclose(
        predicted.X, hc.predict(Ensemble.from_models(members[:3]), doses).X, atol=1e-12
    )
    np.testing.assert_allclose(predicted.obs["success"], 0.75)
    timed = hc.predict(failed, doses, time=2.0)
    np.testing.assert_allclose(timed.obs["success"], 0.75)


def test_an_ensemble_without_any_solution_is_nan_without_a_warning(members):
    alone = Ensemble.from_models(members[4:])
    predicted = hc.predict(alone, [{"d": 0.5}])
    assert np.isnan(predicted.X).all()
    assert predicted.obs["success"].tolist() == [0.0]


def test_ensembles_follow_the_solver_that_is_asked_for(ensemble, doses):
    wanted = hc.predict(ensemble, doses)
    found = hc.predict(ensemble, doses, solve=hc.Solve(dt=0.1))
    np.testing.assert_allclose(found.X, wanted.X, atol=1e-7)


def test_other_conditions_are_no_other_program(ensemble, doses, count_programs):
    hc.predict(ensemble, doses)
    with count_programs() as compiled:
        hc.predict(ensemble, [{"d": s} for s in (0.1, 0.2, 0.3, 0.4)])
    assert compiled == []
