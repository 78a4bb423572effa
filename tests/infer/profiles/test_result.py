"""What profiles say: tables, curves, words."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles.profiles import profiles


@pytest.fixture(scope="module")
def found():
    three = FunctionObjective(
        ["value", "b", "c"], [-5, -1, -5], [5, 1, 5], residuals=lambda p: jnp.stack([2 * p[0], 0.5 * p[1]])
    )
    return profiles(three, at=[0.0, 0.0, 0.0])


def test_the_table(found):
    assert found.table["verdict"].tolist() == ["identifiable", "practically not", "structurally not"]
    np.testing.assert_allclose(found.table["upper"].to_numpy(float), [0.97998, np.inf, np.inf], rtol=1e-3)
    np.testing.assert_allclose(found.interval("value"), (-0.97998, 0.97998), rtol=1e-3)
    with pytest.raises(UnknownNameError, match="Did you mean 'value'"):
        found.interval("values")


def test_a_curve_rises_from_the_optimum_with_its_slope(found):
    curve = found.curve("value")
    np.testing.assert_allclose(curve["rise"], 2 * curve["value"] ** 2, atol=1e-9)
    np.testing.assert_allclose(curve["slope"], 4 * curve["value"], atol=1e-9)
    assert curve["value"].is_monotonic_increasing
    assert {"b", "c", "linear"} <= set(curve.columns)
    with pytest.raises(UnknownNameError):
        found.curve("d")


def test_words(found):
    assert "1 practically not identifiable" in found.result
    assert ": b" in found.result
    assert "1 structurally not identifiable (flat): c" in repr(found)
    html = found._repr_html_()
    assert "open: at the bound" in html
    assert len(found) == 3
