import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError


def test_regulators_and_targets(chain_graph):
    assert chain_graph.regulators("RAF")["source"].tolist() == ["aRAF", "ERK"]
    assert chain_graph.targets("RAF")["target"].tolist() == ["ERK", "growth"]
    assert len(chain_graph.regulators("aRAF")) == 0


@pytest.mark.parametrize(
    "ask", [lambda g: g.regulators("ERKK"), lambda g: g.targets("ERKK"), lambda g: g.paths("ERKK", "RAF")]
)
def test_an_unknown_node_is_named_with_the_nearest(chain_graph, ask):
    with pytest.raises(UnknownNameError, match="Did you mean 'ERK'"):
        ask(chain_graph)


def test_paths_are_signed_and_strongest_first(chain_graph):
    paths = chain_graph.paths("aRAF", "growth")
    assert paths["path"].tolist() == ["aRAF → RAF → ERK → growth", "aRAF → RAF → growth"]
    np.testing.assert_allclose(paths["weight"], [0.9 * 0.8 * 0.5, 0.9 * 0.1])
    assert paths["length"].tolist() == [3, 2]
    assert chain_graph.paths("ERK", "RAF")["path"].tolist() == ["ERK ⊣ RAF"]
    assert chain_graph.paths("ERK", "RAF")["sign"].tolist() == [-1]
    assert len(chain_graph.paths("aRAF", "growth", max_length=2)) == 1
    assert len(chain_graph.paths("growth", "RAF")) == 0


def test_a_path_is_as_stable_as_its_least_stable_edge(trio_graph):
    paths = trio_graph.paths("ERK", "RAF")
    assert paths["sign_stability"].tolist() == pytest.approx([2 / 3])


@pytest.mark.parametrize(
    ("options", "message"), [({"k": 0}, "k is 0"), ({"max_length": 1.5}, "max_length is")]
)
def test_paths_refuse_senseless_numbers(chain_graph, options, message):
    with pytest.raises(InvalidValueError, match=message):
        chain_graph.paths("aRAF", "growth", **options)


def test_paths_need_two_nodes_and_direct_effects(chain, chain_graph):
    with pytest.raises(InvalidValueError, match="two different nodes"):
        chain_graph.paths("RAF", "RAF")
    with pytest.raises(InvalidValueError, match="kind='local'"):
        hc.interactions(chain, kind="global").paths("aRAF", "growth")
