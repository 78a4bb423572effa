"""Composition: mechanism and neural parts in one model, and how much each supplies."""

from hybridcell.hybrid.share import residual_share as residual_share
