"""How good a model is, always beside simple baselines."""

from hybridcell.evaluate.paired import PairedComparison as PairedComparison
from hybridcell.evaluate.paired import compare_paired as compare_paired
from hybridcell.evaluate.table import evaluate as evaluate
