"""From a statement to compiled functions."""

from __future__ import annotations

from hybridcell.fit.petab.before import Before
from hybridcell.fit.petab.binding import bind
from hybridcell.fit.petab.networks import NetworkEntries, place_networks
from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.pasts import check_pasts
from hybridcell.fit.petab.plan import make_plan
from hybridcell.fit.petab.rows import Rows
from hybridcell.fit.petab.simulator import Simulator
from hybridcell.fit.petab.stage import Stage
from hybridcell.io.petab.statement import Statement
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.solve import Solve


def build(
    statement: Statement, network: ReactionNetwork, solve: Solve, *, origin: str | None = None
) -> Compiled:
    """Return the compiled functions of a problem; nothing is compiled before it is first used.

    `origin` is the fingerprint of the files of which all this is made, if it is.

    Raises
    ------
    PetabError
        If a condition sets what a rule of the model decides, or a delay may reach across periods.
    """
    placed = place_networks(statement, network)
    statement, own = placed.statement, placed.statement.parameters
    parameters = (*own, *placed.weights)
    binding = bind(statement, placed.network, more=placed.columns)
    places = {parameter.id: place for place, parameter in enumerate(parameters)}
    entries = NetworkEntries(statement.networks, len(own))
    plan = make_plan(statement)
    check_pasts(statement.file.name, plan, binding.equations)
    stages = []
    for spans in plan.levels:
        before = Before(placed.before, entries.places, spans, binding) if placed.before else None
        stages.append(Stage(spans, binding, places, before))
    rows = Rows(statement, binding, plan, places)
    return Compiled(statement, parameters, Simulator(binding, plan, stages, rows, solve), entries, origin)
