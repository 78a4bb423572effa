import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch

import hybridcell as hc
from hybridcell import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.plot.interactions import ACTIVATES, INHIBITS, _alpha


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def ensemble_graph():
    models = []
    for shift in (0.1, -0.05, 0.2):
        weights = np.zeros((6, 6))
        weights[1, 0] = 0.8 + shift
        weights[2, 1] = -0.6
        weights[3, 2] = 0.5
        weights[0, 4] = 0.9
        weights[2, 4] = shift
        weights[0, 2] = -0.3
        models.append(
            hc.CellBox(
                ["RAF", "MEK", "ERK", "growth", "aRAF", "alone"],
                ["protein"] * 3 + ["phenotype", "drug", "protein"],
                weights,
            )
        )
    return hc.interactions(Ensemble.from_models(models))


def patches(ax, kind):
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def test_graph_draws_each_edge_and_each_node_that_has_one(ensemble_graph):
    ax = hc.pl.graph(ensemble_graph, title="three members")
    arrows = patches(ax, FancyArrowPatch)
    assert len(arrows) == len(ensemble_graph)
    assert len(patches(ax, FancyBboxPatch)) == 5
    texts = {text.get_text() for text in ax.texts}
    assert {"RAF", "aRAF", "growth", "Drugs", "Phenotypes"} <= texts
    assert "alone" not in texts
    assert ax.get_title() == "three members"


def test_sign_shows_in_color_and_in_shape(ensemble_graph):
    ax = hc.pl.graph(ensemble_graph)
    shapes = {}
    for arrow in patches(ax, FancyArrowPatch):
        shapes.setdefault(mpl.colors.to_hex(arrow.get_edgecolor()), set()).add(
            type(arrow.get_arrowstyle()).__name__
        )
    assert shapes == {ACTIVATES.lower(): {"CurveFilledB"}, INHIBITS.lower(): {"BarAB"}}


def test_stronger_is_wider_and_less_stable_is_fainter(ensemble_graph):
    arrows = patches(hc.pl.graph(ensemble_graph), FancyArrowPatch)[::-1]
    widths = [arrow.get_linewidth() for arrow in arrows]
    assert widths == sorted(widths, reverse=True)
    stability = ensemble_graph.edges["sign_stability"]
    assert [arrow.get_alpha() for arrow in arrows] == [_alpha(s) for s in stability]
    assert _alpha(1.0) > _alpha(2 / 3) > _alpha(0.5)


def test_top_and_given_axes(ensemble_graph):
    _, ax = plt.subplots()
    assert hc.pl.graph(ensemble_graph, top=2, ax=ax) is ax
    assert len(patches(ax, FancyArrowPatch)) == 2


@pytest.mark.parametrize("draw", [hc.pl.graph, hc.pl.edges])
def test_nothing_to_draw_is_an_error(ensemble_graph, draw):
    with pytest.raises(InvalidValueError, match="no edge to draw"):
        draw(ensemble_graph.filter(top=0))
    with pytest.raises(InvalidValueError, match=r"hc\.interactions"):
        draw(np.eye(3))


def test_boxes_of_a_large_graph_do_not_overlap(tmp_path):
    n = 100
    kinds = ["protein"] * 84 + ["phenotype"] * 4 + ["drug"] * 12
    weights = np.random.default_rng(0).normal(size=(n, n))
    weights[84 + 4 :, :] = 0.0
    weights[:, 84:88] = 0.0
    np.fill_diagonal(weights, 0.0)
    graph = hc.interactions(hc.CellBox([f"{kind}-{i}" for i, kind in enumerate(kinds)], kinds, weights))
    ax = hc.pl.graph(graph, top=60)
    ax.figure.savefig(tmp_path / "large.png")
    boxes = [patch.get_window_extent() for patch in patches(ax, FancyBboxPatch)]
    assert len(boxes) > 30
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert not (one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1)
    names = [text for text in ax.texts if text.get_text() not in ("Drugs", "Phenotypes")]
    for box, text in zip(boxes, names):
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0
        assert extent.x1 <= box.x1


def test_math_in_names_is_text(tmp_path):
    model = hc.CellBox(["$x_", "d$"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    for draw in (hc.pl.graph, hc.pl.edges):
        draw(hc.interactions(model)).figure.savefig(tmp_path / "odd.png")


def test_edges_are_dots_with_intervals(ensemble_graph):
    ax = hc.pl.edges(ensemble_graph, top=4)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        f"{s} {'→' if w > 0 else '⊣'} {t}"
        for s, t, w in ensemble_graph.edges[["source", "target", "weight"]].head(4).itertuples(index=False)
    ]
    lines, dots = ax.collections
    np.testing.assert_allclose(dots.get_offsets()[:, 0], ensemble_graph.edges["weight"].head(4))
    ends = np.array([[segment[0][0], segment[1][0]] for segment in lines.get_segments()])
    np.testing.assert_allclose(ends, ensemble_graph.edges[["lower", "upper"]].head(4))
    assert ax.get_xlabel() == "Weight W (dimensionless)"


def test_an_interval_with_zero_has_an_open_dot(ensemble_graph):
    dots = hc.pl.edges(ensemble_graph).collections[1]
    crosses = (ensemble_graph.edges["lower"] <= 0) & (ensemble_graph.edges["upper"] >= 0)
    assert crosses.any()
    open_ = [mpl.colors.to_hex(c) == "#ffffff" for c in dots.get_facecolors()]
    assert open_ == crosses.tolist()


def test_a_single_model_has_dots_only():
    model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    ax = hc.pl.edges(hc.interactions(model))
    assert ax.get_legend() is None


def test_a_band_shows_how_far_an_interval_reaches(ensemble_graph):
    ax = hc.pl.graph(ensemble_graph, top=None)
    bands, arrows = [p for p in ax.patches if type(p) is PathPatch], patches(ax, FancyArrowPatch)
    assert len(bands) == len(arrows) == len(ensemble_graph)
    edges = ensemble_graph.edges[::-1]  # the weakest is drawn first
    reach = edges[["lower", "upper"]].abs().max(axis=1).to_numpy()
    size = edges["weight"].abs().to_numpy()
    extra = np.array([b.get_linewidth() - a.get_linewidth() for a, b in zip(arrows, bands)])
    np.testing.assert_allclose(extra, 2.3 * np.maximum(reach - size, 0.0) / size.max(), atol=1e-9)


def test_the_legend_of_a_narrow_graph_stays_inside_its_figure():
    model = hc.CellBox(["CyclinD1", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    figure = hc.pl.graph(hc.interactions(hc.Ensemble.from_models([model, model]))).figure
    figure.canvas.draw()
    legend = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())][0]
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
