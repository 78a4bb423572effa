import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.simulate import tiles

FIXED = hc.Solve(dt=0.1, backend="numpy")


def test_without_conditions_the_control_is_simulated(saturating):
    run = hc.simulate(saturating, t1=3.0, solve=FIXED)
    assert run.conditions == ("control",)
    assert run.values.shape == (1, 101, 4)
    np.testing.assert_array_equal(run.values, 0.0)
    np.testing.assert_allclose(run.ts, np.linspace(0, 3, 101))


def _forms():
    doses = np.array([[-1.0, 0.0], [0.5, 0.2]])
    frame = pd.DataFrame(doses, index=["one", "two"], columns=["d", "a"])
    data = PerturbationData(
        values=np.zeros((2, 1)), readouts=["a"], kinds=["protein"], conditions=["one", "two"],
        perturbations=["d", "a"], doses=doses, input="strength", control="implied",
    )  # fmt: skip
    return {
        "dicts": [{"d": -1.0}, {"d": 0.5, "a": 0.2}],
        "frame": frame,
        "data": data,
        "anndata": data.to_anndata(),
        "conditions": as_conditions(frame),
    }


@pytest.mark.parametrize("form", ["dicts", "frame", "data", "anndata", "conditions"])
def test_every_form_of_conditions_means_the_same(form, saturating):
    wanted = hc.simulate(saturating, t1=2.0, n_points=3, conditions=_forms()["dicts"], solve=FIXED)
    found = hc.simulate(saturating, t1=2.0, n_points=3, conditions=_forms()[form], solve=FIXED)
    np.testing.assert_array_equal(found.values, wanted.values)
    assert found.conditions == (wanted.conditions if form == "dicts" else ("one", "two"))


def test_a_dict_is_one_condition(saturating):
    run = hc.simulate(saturating, t1=1.0, conditions={"d": 1.0}, solve=FIXED)
    assert run.values.shape[0] == 1


def test_unknown_drug_suggests_the_nearest(saturating):
    model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], np.zeros((2, 2)))
    with pytest.raises(UnknownNameError, match="aMEK"):
        hc.simulate(model, t1=1.0, conditions={"aMEk": 1.0})


def test_an_unknown_drug_that_is_not_given_is_no_error(saturating):
    run = hc.simulate(saturating, t1=1.0, conditions={"nothing": 0.0}, solve=FIXED)
    np.testing.assert_array_equal(run.values, 0.0)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"t1": np.nan}, "finite"),
        ({"t1": -1.0}, "t1 >= t0"),
        ({"t1": 1.0, "t0": 2.0}, "t1 >= t0"),
        ({"t1": np.inf}, "finite"),
        ({"t1": 5.0, "ts": [0.0, 6.0]}, "outside"),
        ({"t1": 5.0, "t0": 1.0, "ts": [0.0, 4.0]}, "outside"),
        ({"t1": 5.0, "ts": [2.0, 1.0]}, "increasing"),
        ({"t1": 5.0, "ts": [1.0, 1.0]}, "increasing"),
        ({"t1": 5.0, "ts": []}, "at least one"),
        ({"t1": 5.0, "ts": [[1.0], [2.0]]}, "ts"),
        ({"t1": 5.0, "ts": [0.0, np.nan]}, "finite"),
        ({"t1": 5.0, "ts": ["early"]}, "ts"),
        ({"t1": 5.0, "n_points": 1}, "n_points"),
        ({"t1": 5.0, "n_points": 2.5}, "n_points"),
        ({"t1": "soon"}, "t1"),
    ],
)
def test_wrong_times_are_refused(times, message, saturating):
    with pytest.raises(InvalidValueError, match=message):
        hc.simulate(saturating, **times)


@pytest.mark.parametrize("solve", [None, FIXED, hc.Solve(dt=0.1)], ids=["tsit5", "numpy", "heun"])
def test_no_time_passes_from_t0_to_t0(solve, saturating, doses):
    run = hc.simulate(saturating, t1=0.0, ts=[0.0], conditions=doses, solve=solve)
    np.testing.assert_array_equal(run.values, 0.0)
    assert run.result == ("success",) * 3


def test_clamped_drugs_start_and_stay_at_their_input(make_network, doses):
    model = make_network([[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3]], clamp=True)
    run = hc.simulate(model, t1=5.0, n_points=5, conditions=doses, solve=FIXED)
    np.testing.assert_allclose(run["d"], np.repeat([[-1.0], [0.5], [0.0]], 5, axis=1), rtol=1e-12)
    assert np.abs(run["a"][0, -1]) > 0.1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_conditions_do_not_depend_on_their_company_or_order(strengths, random):
    model = hc.CellBox(
        ("a", "b", "c", "d"), ("protein", "protein", "phenotype", "drug"),
        [[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3], [0.6, 0.2, 0, 0], [0] * 4],
        epsilon=[1.2, 0.8, 1.0, 1.5], alpha=[1.0, 0.7, 0.5, 1.1],
    )  # fmt: skip
    order = list(range(len(strengths)))
    random.shuffle(order)
    run = hc.simulate(model, t1=5.0, n_points=5, conditions=[{"d": s} for s in strengths])
    mixed = hc.simulate(model, t1=5.0, n_points=5, conditions=[{"d": strengths[i]} for i in order])
    np.testing.assert_allclose(np.asarray(run.values)[order], mixed.values, atol=1e-6)
    fixed = hc.simulate(
        model, t1=5.0, n_points=5, conditions=[{"d": s} for s in strengths], solve=hc.Solve(dt=0.1)
    )
    alone = hc.simulate(model, t1=5.0, n_points=5, conditions=[{"d": strengths[0]}], solve=hc.Solve(dt=0.1))
    np.testing.assert_allclose(fixed.values[:1], alone.values, rtol=1e-13, atol=1e-14)


def test_more_conditions_than_a_tile(saturating, monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 32)
    frame = pd.DataFrame({"d": np.linspace(-1, 1, 70)}, index=[f"c{i}" for i in range(70)])
    run = hc.simulate(saturating, t1=5.0, n_points=5, conditions=frame)
    some = [0, 31, 32, 69]
    few = hc.simulate(saturating, t1=5.0, n_points=5, conditions=frame.iloc[some])
    assert run.values.shape == (70, 5, 4)
    np.testing.assert_allclose(np.asarray(run.values)[some], few.values, atol=1e-6)


def test_other_times_and_tolerances_are_no_other_program(saturating, doses, count_programs):
    hc.simulate(saturating, t1=3.0, n_points=5, conditions=doses)
    hc.simulate(saturating, t1=3.0, n_points=5, conditions=doses, solve=hc.Solve(dt=0.1))
    with count_programs() as compiled:
        hc.simulate(saturating, t1=9.0, t0=1.0, n_points=5, conditions=doses[:1], solve=hc.Solve(rtol=1e-5))
        hc.simulate(saturating, t1=7.0, n_points=5, conditions=doses, solve=hc.Solve(dt=0.05))
    assert compiled == []


def test_anndata_of_conditions_without_measurements(saturating):
    adata = anndata.AnnData(
        X=np.zeros((1, 1)),
        obs=pd.DataFrame(index=["only"]),
        obsm={"doses": pd.DataFrame({"d": [-1.0]}, index=["only"])},
        uns={"hybridcell": {"schema": "1", "input": "strength", "control": "implied"}},
    )
    run = hc.simulate(saturating, t1=1.0, conditions=adata, solve=FIXED)
    assert run.conditions == ("only",)


def test_conditions_may_have_names(saturating):
    named = {"usual": {}, "treated": {"d": -1.0}}
    run = hc.simulate(saturating, t1=1.0, n_points=3, conditions=named, solve=FIXED)
    assert run.conditions == ("usual", "treated")
    plain = hc.simulate(saturating, t1=1.0, n_points=3, conditions=list(named.values()), solve=FIXED)
    np.testing.assert_array_equal(run.values, plain.values)
    assert hc.steady_state(saturating, conditions=named).obs_names.tolist() == ["usual", "treated"]
    assert hc.predict(saturating, named).obs_names.tolist() == ["usual", "treated"]


@pytest.mark.parametrize("run", [lambda model: hc.simulate(model, t1=1.0), hc.steady_state])
def test_a_fit_and_an_ensemble_say_where_their_models_are(saturating, run):
    with pytest.raises(InvalidValueError, match=r"was given a Fit; wanted one model, such as its \.best"):
        run(hc.Fit(model=saturating, result="success", loss=0.0, train=None))
    ensemble = hc.Ensemble.from_models([saturating] * 2)
    with pytest.raises(
        InvalidValueError, match=r"was given a Ensemble; wanted one model, such as its \.best"
    ):
        run(ensemble)
