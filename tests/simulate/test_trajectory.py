import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import UnknownNameError

FIXED = hc.Solve(dt=0.1, backend="numpy")


@pytest.fixture(scope="module")
def run(saturating, doses):
    return hc.simulate(saturating, t1=2.0, n_points=3, conditions=doses, solve=FIXED)


def test_a_state_is_taken_by_name(run):
    np.testing.assert_array_equal(run["b"], np.asarray(run.values)[:, :, 1])
    with pytest.raises(UnknownNameError, match="Did you mean 'b'"):
        run["B"]


def test_table_of_several_conditions_has_condition_and_time_as_index(run):
    frame = run.to_dataframe()
    assert frame.index.names == ["condition", "time"]
    assert list(frame.columns) == ["a", "b", "c", "d"]
    assert frame.loc[("control", 2.0), "a"] == 0.0
    np.testing.assert_array_equal(frame.loc[run.conditions[1], "c"], run["c"][1])


def test_table_of_one_condition_has_time_as_index(saturating):
    frame = hc.simulate(saturating, t1=2.0, n_points=3, conditions={"d": 1.0}, solve=FIXED).to_dataframe()
    assert frame.index.name == "time"
    assert frame.index.tolist() == [0.0, 1.0, 2.0]


def test_table_gives_the_columns_that_are_asked_for(run):
    assert list(run.to_dataframe(amounts=["c"], concentrations=["a"]).columns) == ["c", "a"]
    with pytest.raises(UnknownNameError, match="nothing"):
        run.to_dataframe(amounts=["nothing"])


def test_anndata_has_a_row_per_condition_and_time(run):
    adata = run.to_anndata()
    assert adata.shape == (9, 4)
    assert adata.obs_names.is_unique
    assert list(adata.obs.columns) == ["condition", "time", "result"]
    np.testing.assert_array_equal(adata.X.reshape(3, 3, 4), run.values)
    row = (adata.obs["condition"] == run.conditions[0]) & (adata.obs["time"] == 1.0)
    np.testing.assert_array_equal(adata[row].X[0], np.asarray(run.values)[0, 1])
    assert adata.var["kind"].tolist() == list(run.kinds)


def test_anndata_names_close_times_apart(saturating):
    ts = [1.0, 1.0000001]
    adata = hc.simulate(saturating, t1=2.0, ts=ts, solve=FIXED).to_anndata()
    assert adata.obs_names.is_unique


def test_text_says_sizes_and_failures(run, make_network):
    assert repr(run) == "Trajectory(3 conditions x 3 times x 4 states, heun)"
    assert "3 of 3" in run._repr_html_()
    runaway = make_network([[0, 9.0], [9.0, 0]], envelope="linear")
    failed = hc.simulate(runaway, t1=60.0, n_points=3, conditions={"a": 1.0}, solve=FIXED)
    assert "1 failed" in repr(failed)
    assert "0 of 1" in failed._repr_html_()
