"""Kernels on NumPy or CuPy, and chains of them as layers over a recording. No Qt, no GL."""
