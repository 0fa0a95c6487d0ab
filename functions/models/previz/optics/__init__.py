"""The kernels of the renderer: light, air, shapes and surfaces, compiled by numba."""
