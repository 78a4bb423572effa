"""A figure of something else says what it is made for."""

from __future__ import annotations

import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


@pytest.mark.parametrize(
    ("draw", "wanted"),
    [
        (lambda model: hc.pl.dose_surface(model, "a", "b"), "hc.screen_combinations"),
        (hc.pl.synergy_map, "hc.screen_combinations"),
        (hc.pl.therapy_plan, "hc.optimize_therapy"),
        (hc.pl.baselines, "hc.evaluate"),
        (hc.pl.extrapolation, "hybridcell.hybrid.extrapolation"),
        (hc.pl.waterfall, "an Estimation"),
        (hc.pl.trajectory, "hc.simulate"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, wanted):
    model = hc.CellBox(["a", "b"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    with pytest.raises(InvalidValueError, match=rf"was given a CellBox; wanted .*{wanted}"):
        draw(model)
