from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import Drug
from hybridcell.mechanisms.reactions.composition.drugs import drugs_in
from tests.mechanisms.reactions.composition.hybrids import NUMPY

DECAY = hc.read_sbml("model decay; A = 2; lost: A -> ; k*A; k = 0.7; end")
DRUG = Drug("slow", inhibits="lost", ic50=0.1, hill=2.0, maximum=0.9)


def remaining(network, doses, ts=(1.0, 3.0)):
    found = hc.simulate(network, t1=3.0, ts=ts, conditions=[{"slow": d} for d in doses], solve=NUMPY)
    return np.asarray(found.values)[:, :, 0]


@pytest.mark.parametrize("drug", [DRUG, Drug("slow", activates="lost", ic50=0.1, hill=2.0, maximum=3.0)])
def test_a_decay_is_that_of_the_formula(drug):
    doses = np.array([0.0, 0.05, 0.1, 10.0])
    occupied = doses**2 / (0.1**2 + doses**2)
    rate = 0.7 * (1 + drug.sign * drug.maximum * occupied)
    wanted = 2 * np.exp(-rate[:, None] * np.array([1.0, 3.0]))
    np.testing.assert_allclose(remaining(DECAY.with_drugs(drug), doses), wanted, rtol=1e-6)


def test_without_a_dose_nothing_changes():
    plain = hc.simulate(DECAY, t1=3.0, n_points=3, solve=NUMPY)
    dosed = hc.simulate(DECAY.with_drugs(DRUG), t1=3.0, n_points=3, solve=NUMPY)
    np.testing.assert_allclose(dosed.values, plain.values, rtol=1e-12)


def test_off_targets_have_ic50s_of_their_own_and_drugs_multiply():
    two = hc.read_sbml("model two; A = 1; B = 1; a: A -> ; A; b: B -> ; B; end")
    network = two.with_drugs(
        Drug("x", inhibits="a", ic50=1.0, off_targets={"b": 3.0}), Drug("y", inhibits="a", ic50=2.0)
    )
    found = hc.simulate(network, t1=1.0, ts=[1.0], conditions={"x": 1.0, "y": 2.0}, solve=NUMPY)
    wanted = np.exp([-0.25, -0.75])
    np.testing.assert_allclose(np.asarray(found.values)[0, 0], wanted, rtol=1e-6)


def test_drugs_are_kept_by_files_and_by_sbml(tmp_path):
    network = DECAY.with_drugs(DRUG)
    assert drugs_in(network) == {"slow": "uM"}
    again = hc.load(hc.save(network, tmp_path / "n.hc"))
    np.testing.assert_array_equal(remaining(again, [0.05]), remaining(network, [0.05]))
    hc.write_sbml(network, tmp_path / "n.xml")
    read = hc.read_sbml(tmp_path / "n.xml")
    assert drugs_in(read) == {"slow": "uM"}
    np.testing.assert_allclose(remaining(read, [0.0, 0.05]), remaining(network, [0.0, 0.05]), rtol=1e-9)


def test_what_does_not_fit_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'lost'"):
        DECAY.with_drugs(Drug("slow", inhibits="loss"))
    with pytest.raises(UnknownNameError, match="target of drug 'slow'"):
        DECAY.with_drugs(Drug("slow", inhibits="lost", off_targets={"nothing": 1.0}))
    with pytest.raises(InvalidValueError, match="another name"):
        DECAY.with_drugs(Drug("k", inhibits="lost"))
    with pytest.raises(InvalidValueError, match="another name"):
        DECAY.with_drugs(DRUG).with_drugs(DRUG)
    with pytest.raises(InvalidValueError, match="wanted a Drug"):
        DECAY.with_drugs("slow")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidValueError, match="nothing"):
        DECAY.with_drugs()
