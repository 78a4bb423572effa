from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hybridcell.mechanisms.doses import DoseLayer
from hybridcell.mechanisms.doses.drug_table import drug_table, html_table


def test_each_drug_has_a_row_that_says_whether_its_ec50_was_reached():
    layer = DoseLayer(["a", "b"], targets={"a": "ERK"}, ec50=[1.0, 5.0], largest=[2.0, 2.0], maximum=-0.5)
    frame = drug_table(layer)
    assert frame["reached"].tolist() == [True, False]
    assert frame["maximum"].iloc[0] == -0.5
    assert np.isnan(frame["maximum"].iloc[1])  # its effects are those of the network
    assert drug_table(DoseLayer(["a"]))["reached"].tolist() == [None]


def test_off_targets_count_from_a_hundredth_of_the_maximum_on():
    layer = DoseLayer(["a"], targets={"a": "ERK"}).bind(
        ("ERK", "MEK", "AKT", "a"), np.ones((4, 4), dtype=bool)
    )
    assert drug_table(layer)["off_targets"].tolist() == [0]
    values = jnp.array([[5.0], [0.5], [0.001], [0.0]])  # that of the target itself is no off-target
    layer = eqx.tree_at(lambda d: d._off_target.raw, layer, values)
    assert drug_table(layer)["off_targets"].tolist() == [1]


def test_names_are_escaped_in_html():
    assert "&lt;b&gt;" in html_table(DoseLayer(["<b>"]))
