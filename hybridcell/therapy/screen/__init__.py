"""Screens of drug combinations that a model simulates."""

from hybridcell.therapy.screen.combination_screen import CombinationScreen as CombinationScreen
from hybridcell.therapy.screen.screen_combinations import screen_combinations as screen_combinations
