import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import UnknownNameError


def test_anndata_holds_states_and_certificate(saturating, doses):
    settled = hc.steady_state(saturating, conditions=doses)
    assert settled.shape == (3, 4)
    assert list(settled.obs.columns) == ["residual", "stable", "method", "success", "flag"]
    assert settled.obs["success"].all()
    assert (settled.obs["flag"] == "").all()
    assert settled.var["kind"].tolist() == list(saturating.kinds)
    assert settled.obsm["doses"]["d"].tolist() == [-1.0, 0.5, 0.0]
    late = hc.simulate(saturating, t1=100.0, ts=[100.0], conditions=doses, solve=hc.Solve(dt=0.1))
    np.testing.assert_allclose(settled.X, late.values[:, 0], atol=1e-6)


def test_without_conditions_the_control_rests_at_zero(saturating):
    settled = hc.steady_state(saturating)
    assert settled.obs_names.tolist() == ["control"]
    np.testing.assert_array_equal(settled.X, 0.0)
    assert settled.obsm["doses"].shape == (1, 0)


def test_unknown_drug_suggests_the_nearest():
    model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], np.zeros((2, 2)))
    with pytest.raises(UnknownNameError, match="Did you mean 'aMEK'"):
        hc.steady_state(model, conditions={"aMK": 1.0})
