"""What is shown of a problem."""

from __future__ import annotations

from hybridcell.fit.petab.views import facts_of, parameter_table
from hybridcell.io.petab.statement import PetabParameter, Prior


def test_parameters_by_id():
    prior = Prior(family="normal", parameters=(0.5, 2.0))
    table = parameter_table(
        [PetabParameter(id="a", nominal=2.0), PetabParameter(id="b", scale="log10", prior=prior)]
    )
    assert table.index.tolist() == ["a", "b"]
    assert table.loc["a", "nominal"] == 2.0
    assert table["scale"].tolist() == ["lin", "log10"]
    assert table["prior"].tolist() == ["", "normal(0.5, 2.0)"]


def test_a_card_counts(problem_of):
    problem = problem_of("noises, version 1")
    facts = facts_of(problem.statement, problem.model)
    assert facts["format"] == "PEtab version 1"
    assert facts["model"] == "m, 2 states"
    assert str(facts["parameters"]).startswith(f"{len(problem.free)} to estimate of ")
    assert facts["networks"] == "none"
