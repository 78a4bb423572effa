"""Estimation problems in the PEtab format (versions 1 and 2), as tables that say what they mean."""

from hybridcell.io.petab.check import check_symbols as check_symbols
from hybridcell.io.petab.convert import as_version_2 as as_version_2
from hybridcell.io.petab.errors import PetabError as PetabError
from hybridcell.io.petab.errors import PetabMathError as PetabMathError
from hybridcell.io.petab.lint import lint_with_petab as lint_with_petab
from hybridcell.io.petab.read import read_statement as read_statement
from hybridcell.io.petab.write import write_statement as write_statement
