from __future__ import annotations

import pytest

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.fit.gene_network import RecoverySettings
from hybridcell.graph.recovery import recover
from tests.fit.gene_network.networks import EDGES, QUICK, experiments


def test_the_first_pairs_are_the_true_edges(found):
    first = found.ranked().head(3)
    assert set(zip(first["source"], first["target"])) == EDGES.keys()


def test_the_default_key_is_the_same_every_time(found):
    again = recover(experiments(), n=2, settings=RecoverySettings(**QUICK))
    assert (again.ranked() == found.ranked()).all().all()


@pytest.mark.parametrize("rates", [0.3, (0.03, 0.3)])
def test_a_wrong_prior_of_the_rates_is_overruled(rates):
    wrong = recover(experiments(), n=2, rates=rates, settings=RecoverySettings(**QUICK))
    first = wrong.ranked().head(3)
    assert set(zip(first["source"], first["target"])) == EDGES.keys()
    assert (wrong.rates["decay"] / 0.1).between(0.5, 2.0).all()


@pytest.mark.parametrize("rates", [0, -1.0, (1.0, float("nan")), (1.0, 2.0, 3.0), "fast"])
def test_rates_must_be_positive(rates):
    with pytest.raises(InvalidValueError, match="rates is"):
        recover(experiments(), rates=rates)


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_members_are_counted(n):
    with pytest.raises(InvalidValueError, match="n is"):
        recover(experiments(), n=n)


def test_data_that_tell_nothing_are_refused():
    with pytest.raises(DataError, match="nothing tells who acts on whom"):
        recover(experiments(series=False)[:3].copy())
