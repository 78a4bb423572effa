"""Prediction intervals whose coverage does not rest on the model being right."""

from hybridcell.infer.conformal.calibrate import calibrate as calibrate
