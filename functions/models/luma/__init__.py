"""Luma's Ray as a model: a hosted service, asked once, paid once."""
