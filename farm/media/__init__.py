"""Pixels on disk: EXR files, colour, movies and contact sheets; numpy, and no torch."""
