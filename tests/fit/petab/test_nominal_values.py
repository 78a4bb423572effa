"""Other nominal values in a statement."""

from __future__ import annotations

from hybridcell.fit.petab.nominal_values import with_nominal_values
from hybridcell.io.petab.read import read_statement
from tests.fit.petab.problems import CASES
from tests.fit.petab.test_networks import write_problem


def test_parameters_that_are_named_get_them(tmp_path):
    statement = read_statement(CASES["noises, version 1"].write(tmp_path))
    found = {p.id: p.nominal for p in with_nominal_values(statement, {"k1": 0.125}).parameters}
    assert found == {p.id: p.nominal for p in statement.parameters} | {"k1": 0.125}


def test_so_do_entries_of_arrays(tmp_path):
    statement = read_statement(write_problem(tmp_path, "before"))
    [before] = statement.networks
    [after] = with_nominal_values(statement, {"net1_l2_bias_1": 0.125}).networks
    assert after.arrays["l2.bias"].value.tolist() == [before.arrays["l2.bias"].value[0], 0.125]
    assert (after.arrays["l1.bias"].value == before.arrays["l1.bias"].value).all()
