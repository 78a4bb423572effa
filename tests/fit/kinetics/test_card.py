"""Model cards of fitted networks."""

from __future__ import annotations

import re
from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.io.digest import data_digest
from tests.fit.kinetics.courses import HYBRID, TURNOVER, courses, free

KEY = jr.key(0)
PARTS = (
    "Model", "Data", "What is mechanism and what is learned", "How well it describes the data", "Parameters",
    "Where it was trained", "Use and limits", "Made with",
)  # fmt: skip


def fit(network, data, **options):
    return hc.fit(network, data, key=KEY, progress=False, **options)


@pytest.fixture(scope="module")
def data():
    return courses(noise=0.03, sd=0.03, conditions=({}, {"S": 1.5}))


@pytest.fixture(scope="module")
def hybrid(data):
    return fit(free(HYBRID, "k"), data)


@pytest.fixture(scope="module")
def mechanism():
    return fit(free(TURNOVER, "V", "K", "k"), courses(noise=0.05, sd=None))


def table(card, part):
    """Return the cells of the table in a part of a card, by the first column."""
    text = card.split(f"## {part}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows[2:]}


def test_all_parts_are_there_once(hybrid, mechanism):
    for fitted in (hybrid, mechanism):
        card = fitted.card()
        assert re.findall(r"^## (.*)$", card, flags=re.MULTILINE) == [*PARTS]
        assert card.startswith("# Model card: turnover\n")
        assert "nan" not in card
        assert fitted.card() == card


def test_a_hybrid_says_what_is_learned_and_where(hybrid, data):
    card = hybrid.card()
    (hole,) = hybrid.network.holes
    total = float(re.findall(r"supply \*\*(.*)%\*\* of all change", card)[0])
    assert total == pytest.approx(100 * hybrid.residual_share, abs=0.1)
    row = table(card, PARTS[2])[hole.id]
    assert row[:4] == ["rate", "`turn`", "`S`", str(len(hole.weights))]
    assert row[4] == "turn 100%"
    low, high = map(float, table(card, "Where it was trained")[f"piece {hole.id}"][1:])
    assert high == pytest.approx(3.0, rel=0.01)
    assert 0 <= low < 0.5
    assert "no evidence for a mechanism" in card
    assert data_digest(data) in card
    assert "- measured values: 48\n" in card
    assert "- conditions: 2\n" in card
    assert "errors of measurement: given with the data" in card


def test_parameters_have_errors_and_verdicts(mechanism):
    card = mechanism.card()
    rows = table(card, "Parameters")
    assert set(rows) == {"V", "K", "k"}
    for id, (value, error, verdict) in rows.items():
        assert float(value) == pytest.approx(mechanism.parameters.loc[id, "value"], rel=1e-3)
        assert float(error) == pytest.approx(mechanism.parameters.loc[id, "sd"], rel=1e-3)
        assert verdict == mechanism.parameters.loc[id, "verdict"]
    assert "All of it is mechanism" in card
    assert "estimated from what the fit leaves over" in card
    assert "its chi-square says nothing" in card
    assert "Under one condition" in card
    uncertain = mechanism.parameters.index[mechanism.parameters["verdict"] != "determined"]
    assert ("do not interpret" in card) == bool(len(uncertain))


def test_deviations_are_those_of_the_data(hybrid):
    rows = table(hybrid.card(), "How well it describes the data")
    squares = sum(int(n) * (float(rms) / float(sd)) ** 2 for n, sd, rms in rows.values())
    assert squares == pytest.approx(hybrid.chi2, rel=0.02)


def test_date_and_use_are_those_that_are_given(hybrid):
    assert "date" not in hybrid.card()
    card = hybrid.card(date="2026-01-31", intended_use="Teaching.")
    assert "- date: 2026-01-31\n" in card
    assert "- Teaching.\n" in card


def test_a_failed_fit_warns(hybrid):
    failed = replace(hybrid, result="the model does not describe the data", chi2=float("nan"))
    card = failed.card()
    assert "**The fit is not a success**: the model does not describe the data" in card
    assert re.findall(r"^## (.*)$", card, flags=re.MULTILINE) == [*PARTS]
    assert np.isnan(failed.chi2)


def test_an_archive_of_a_fit_holds_its_card(hybrid, tmp_path):
    hc.write_omex(hybrid, tmp_path / "model.omex", resimulate=False)
    assert hc.read_omex(tmp_path / "model.omex").card == hybrid.card()


def test_a_residual_counts_by_species_and_a_learned_parameter_not(data):
    network = free(TURNOVER, "k") + hc.NeuralResidual(["S"], ["P"], width=0, key=KEY)
    network = network + hc.NeuralParameter("V", covariates=["line"], width=0, key=KEY)
    fitted = fit(network, data, iterations=2, retries=0)
    rows = table(fitted.card(), PARTS[2])
    residual, parameter = (rows[hole.id] for hole in fitted.network.holes)
    assert re.fullmatch(r"P \d+%", residual[-1])
    assert residual[-1] != "P 100%"
    assert parameter[-1] == "no flux"
    assert "| conditions | S | 1.5 | 1.5 |" in fitted.card()
