"""Fits of reaction networks, with or without neural pieces, to measured time courses."""
