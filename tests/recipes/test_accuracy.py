from __future__ import annotations

import pandas as pd

from hybridcell.recipes.accuracy import accuracy_markdown, mean_scores

KINDS = ("protein", "protein", "drug")


def scores(rows):
    columns = ["study", "split", "readouts", "predictor", "r", "is_model"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("r_centered", "r_node_median", "mse", "r_phenotype", "n_failed", "residual_share"):
        frame[name] = 0.0
    return frame


ROWS = [
    ("s", split, scope, predictor, r + bonus + lead, predictor == "ode")
    for split, r in (("1", 0.8), ("2", 0.9))
    for scope, bonus in (("measured", 0.0), ("all", 0.05))
    for predictor, lead in (("ode", 0.0), ("ridge", -0.1), ("mean", float("nan")))
]


def test_means_are_over_splits_in_the_order_of_the_scores():
    means = mean_scores(scores(ROWS))
    assert abs(means.loc[("s", "measured", "ode"), "r"] - 0.85) < 1e-12
    assert means.loc[("s", "all", "ridge"), "splits"] == 2
    assert means.loc[("s", "measured")].index.tolist() == ["ode", "ridge", "mean"]


def test_the_table_has_models_first_both_scopes_and_the_paired_comparison():
    lines = accuracy_markdown(scores(ROWS), KINDS).splitlines()
    assert "### s (2 splits)" in lines
    table = [line for line in lines if line.startswith("|")]
    assert "r, 2 measured" in table[0]
    assert "r, all 3" in table[0]
    assert table[2].startswith("| **ode** | 0.8500 | 0.9000 |")
    assert "+0.1000" in table[2]
    assert "wins 2 of 2" in table[2]
    assert table[3].startswith("| ridge | 0.7500 |")
    assert table[4].startswith("| mean | – |")


def test_without_drug_readouts_and_with_one_split_there_is_less_to_say():
    rows = [row for row in ROWS if row[1] == "1"]
    text = accuracy_markdown(scores(rows), ("protein", "protein"))
    assert "r, all" not in text
    assert "minus ridge" not in text
    assert "(1 split)" in text
