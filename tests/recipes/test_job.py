"""What a run says of its screen."""

from __future__ import annotations

from types import SimpleNamespace

import hybridcell as hc
from hybridcell.recipes.job import screen


def test_a_screen_of_triples_of_a_single_model_names_all_three_drugs(tmp_path):
    weights = [[0, 0.9, 0.8, 0.7], [0] * 4, [0] * 4, [0] * 4]
    model = hc.CellBox(["growth", "a", "b", "c"], ["phenotype", "drug", "drug", "drug"], weights)
    out = SimpleNamespace(path=lambda name: tmp_path / name, figure=lambda name, figure: None)
    said: list[str] = []
    state = SimpleNamespace(
        objects={"fit": model}, out=out, say=said.append, bars=False, tables={}, metrics={}, sections=[]
    )
    options = {"readout": "growth", "doses": 2, "input_range": -1.0, "order": 3}
    screen(state, {**options, "solve": {"backend": "numpy"}})
    assert "The strongest effect has a (1) + b (1) + c (1)" in said[-1]
    assert "over the members" not in said[-1]
    assert "| drug_c | dose_c |" in state.sections[0]
