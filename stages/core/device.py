"""Which device trains: compiled loops on the CPU, or PyTorch on CUDA."""

import ctypes
import os
import warnings
from typing import Literal

from stages.core.console import StageError


def chosen_device(name: Literal["auto", "cpu", "cuda"]) -> Literal["cpu", "cuda"]:
    """Return the device for ``device`` in params.yaml; torch is imported only for a driver of CUDA.

    Raises:
        StageError: ``cuda`` is asked for, but there is no such device.
    """
    found = name != "cpu" and _has_cuda()
    if name == "cuda" and not found:
        raise StageError("device is cuda, but torch finds no CUDA device; set device to auto.")
    return "cuda" if found else "cpu"


def _has_cuda() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a driver too old for this torch is "no CUDA" here
        if not torch.cuda.is_available():
            return False
    # cuBLAS reads this when it starts; without it torch refuses deterministic products.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    return True
