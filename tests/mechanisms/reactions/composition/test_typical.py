"""Typical sizes before any data."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell.mechanisms.reactions.composition.typical import typical_scales, typical_values

TEXT = """model m; compartment c = 2; species A in c, B in c, C in c; A = 3; B = 0; C = 1
    r: A -> B; k*A; k = 0.5; total := A + C; nothing := 0*A; end"""


def test_what_starts_at_zero_is_taken_at_the_median_of_the_others():
    network = hc.read_sbml(TEXT)
    scales = typical_scales(network, ["A", "B", "C", "total"])
    # nothing moves C, so that A is the only other state: an amount of 6, in a volume of 2
    assert_allclose([scales[id] for id in ("A", "B", "C", "total")], [3.0, 3.0, 1.0, 4.0])


def test_a_size_is_never_zero():
    assert typical_scales(hc.read_sbml(TEXT), ["nothing"]) == {"nothing": 1.0}


def test_values_follow_the_values_of_now():
    network = hc.read_sbml(TEXT).with_values({"k": 2.0})
    found = typical_values(network, [network.equations.observables["r"]])
    assert_allclose(np.atleast_1d(found), [6.0])
