"""From responses to effects."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy import EffectScale


@pytest.mark.parametrize(("scale", "base"), [("log2", 2.0), ("ln", np.e), ("log10", 10.0)])
def test_logarithms_become_the_fraction_that_is_taken_away(scale, base):
    x = np.array([-3.0, -0.4, 0.0])
    np.testing.assert_allclose(EffectScale(scale).effect(x), 1 - base**x, atol=1e-15)
    np.testing.assert_allclose(EffectScale(scale, "higher").effect(-x), 1 - base**x, atol=1e-15)


def test_relative_changes_are_cut_to_zero_and_one():
    np.testing.assert_allclose(EffectScale("linear").effect([-1.4, -0.3, 0.2]), [1.0, 0.3, 0.0])


def test_effects_are_relative_to_the_control_and_never_negative():
    scale = EffectScale()
    np.testing.assert_allclose(scale.effect([0.5, 1.5, np.nan], control=1.5), [0.5, 0.0, np.nan])


def test_unknown_words():
    with pytest.raises(InvalidValueError, match="'log2'"):
        EffectScale("log")
    with pytest.raises(InvalidValueError, match="Did you mean 'lower'"):
        EffectScale("log2", "low")
