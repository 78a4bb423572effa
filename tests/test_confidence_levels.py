"""Wherever a confidence level, or another share, is asked for, what is none is refused in the same words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.predictive import Predictive
from hybridcell.hybrid import input_output
from hybridcell.infer.posterior.bands import posterior_bands
from hybridcell.therapy import predict_triples
from hybridcell.therapy.synergy import extrapolate

MODEL = hc.CellBox(["a", "b"], ["protein"] * 2, [[0, 0.5], [0, 0]])
NOTHING: Any = None
ASKED: dict[str, Callable[[Any], Any]] = {
    "predict level": lambda value: hc.predict(MODEL, NOTHING, level=value),
    "interval level": lambda value: Predictive(*[np.zeros((1, 1))] * 3, n=1).interval(value),
    "interactions level": lambda value: hc.interactions(MODEL, level=value),
    "association level": lambda value: hc.association(NOTHING, level=value),
    "filter confidence": lambda value: hc.interactions(hc.Ensemble.from_models([MODEL] * 2)).filter(
        confidence=value
    ),
    "filter q": lambda value: hc.interactions(MODEL).filter(q=value),
    "input_output interval": lambda value: input_output([NOTHING], NOTHING, interval=value),
    "profiles level": lambda value: hc.infer.profiles(NOTHING, level=value),
    "posterior_bands level": lambda value: posterior_bands(NOTHING, value, 2),
    "predict_pairs level": lambda value: hc.predict_pairs(NOTHING, level=value),
    "predict_triples level": lambda value: predict_triples(NOTHING, NOTHING, level=value),
    "extrapolate level": lambda value: extrapolate(*[NOTHING] * 5, kind="viability", level=value),
    "musyc level": lambda value: hc.synergy.musyc(*[NOTHING] * 3, kind="viability", level=value),
    "isobologram effect": lambda value: hc.pl.isobologram(*[NOTHING] * 3, effect=value, kind="viability"),
}


@pytest.mark.parametrize("value", [95, True, "0.9", [0.9], np.nan], ids=repr)
@pytest.mark.parametrize("asked", ASKED)
def test_what_is_no_share_is_refused(asked, value):
    wanted = f"{asked.split()[1]} is {value!r}; wanted a share between 0 and 1, such as 0."
    with pytest.raises(InvalidValueError, match=f"^{re.escape(wanted)}"):
        ASKED[asked](value)
