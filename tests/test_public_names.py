"""The public names are frozen: a name is added here when a user meets it, and never goes without notice."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

import hybridcell as hc

NOUNS = (
    "CellBox",
    "CombinationScreen",
    "DoseLayer",
    "Drug",
    "Ensemble",
    "Fit",
    "Interactions",
    "NeuralParameter",
    "NeuralRate",
    "NeuralReadout",
    "NeuralResidual",
    "Parameter",
    "Perturbation",
    "Prior",
    "PriorNetwork",
    "PerturbationData",
    "ReactionNetwork",
    "Schedule",
    "Solve",
    "Trajectory",
)
VERBS = (
    "association",
    "check_environment",
    "gene_conditions",
    "read_prior",
    "recover",
    "stability",
    "evaluate",
    "fit",
    "fit_ensemble",
    "interactions",
    "load",
    "optimize_schedule",
    "optimize_therapy",
    "predict",
    "predict_pairs",
    "predict_triples",
    "read_cellbox",
    "read_gnw",
    "read_omex",
    "read_petab",
    "read_sbml",
    "run",
    "save",
    "screen_combinations",
    "simulate",
    "split",
    "steady_state",
    "write_cellbox",
    "write_omex",
    "write_petab",
    "write_sbml",
)
NAMESPACES = ("baselines", "datasets", "infer", "metrics", "networks", "pl", "synergy")
OTHERS = ("HybridCellError", "__version__", "config")


def test_the_list_of_public_names_is_frozen():
    assert sorted(hc.__all__) == sorted((*NOUNS, *VERBS, *NAMESPACES, *OTHERS))
    assert dir(hc) == sorted(hc.__all__)


@pytest.mark.parametrize("name", [*NOUNS, *VERBS])
def test_nouns_and_verbs_are_documented_with_an_example(name):
    thing = getattr(hc, name)
    assert inspect.isclass(thing) if name in NOUNS else inspect.isfunction(thing), type(thing)
    text = inspect.getdoc(thing) or ""
    assert text.strip(), f"hc.{name} has no docstring"
    assert ">>>" in text, f"the docstring of hc.{name} has no running example"
    assert thing.__doc__ is not None, f"hc.{name} has the docstring of what it inherits from"


@pytest.mark.parametrize("name", NAMESPACES)
def test_namespaces_are_documented_modules(name):
    module = getattr(hc, name)
    assert isinstance(module, ModuleType)
    assert (module.__doc__ or "").strip()


@pytest.mark.parametrize("name", VERBS)
def test_options_of_verbs_are_keyword_only_and_the_key_is_last(name):
    parameters = list(inspect.signature(getattr(hc, name)).parameters.values())
    optional = [p for p in parameters if p.default is not p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    # what is simulated, predicted, or compared may be left out; how it is done may not be given by position
    assert len(optional) <= 1, [p.name for p in optional]
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    for parameter in named:
        if parameter.name == "key":
            assert parameter is named[-1]
            assert parameter.kind is parameter.KEYWORD_ONLY


def test_a_misspelt_name_suggests_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'fit_ensembel'. Did you mean 'fit_ensemble'"):
        hc.fit_ensembel  # noqa: B018
    with pytest.raises(ImportError, match="cellbox"):
        from hybridcell import cellbox  # noqa: F401  # pyright: ignore[reportAttributeAccessIssue]


def test_functions_that_share_a_name_with_a_folder_stay_functions():
    import hybridcell.evaluate.metrics
    import hybridcell.fit.losses
    import hybridcell.simulate.solve  # noqa: F401

    assert all(inspect.isfunction(getattr(hc, name)) for name in ("evaluate", "fit", "simulate"))


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert hc.__version__ == version("hybridcell")
