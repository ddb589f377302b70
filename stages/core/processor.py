"""One processor for all: what libraries choose by the processor, they are to choose alike.

``stages.core`` imports this before anything imports NumPy, Numba or a BLAS, which read these
variables at their start. Every x86-64 processor since about 2015 has what ``TARGET`` needs. Where
it is missing, libraries choose as they like, and results differ in their last digits.
"""

import os

import llvmlite.binding

TARGET = "x86-64-v3"
NEEDED = ("avx2", "bmi2", "fma", "f16c", "lzcnt", "movbe")
CHOICES = {
    "NUMBA_CPU_NAME": TARGET,
    "NUMBA_CPU_FEATURES": "",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # what NumPy has beyond it
}

_features = llvmlite.binding.get_host_cpu_features()
FITS = all(_features.get(name) for name in NEEDED)
if FITS:
    os.environ |= CHOICES
