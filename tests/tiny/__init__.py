"""Tiny models with random weights, built offline, laid out as the real ones are on a shelf."""
