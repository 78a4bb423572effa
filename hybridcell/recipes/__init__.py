"""Recipes: what to fit, how to judge it and what to write, as TOML; run by `hc.run` and the command line."""

from hybridcell.recipes.listing import readme_table as readme_table
from hybridcell.recipes.recipe import Recipe as Recipe
from hybridcell.recipes.recipe import read_recipe as read_recipe
from hybridcell.recipes.result import Check as Check
from hybridcell.recipes.result import RunResult as RunResult
from hybridcell.recipes.run import run as run
from hybridcell.recipes.starter import start_study as start_study
from hybridcell.recipes.versions import versions as versions
