"""Choosing the processor, making it give the same bytes every time, and using memory again."""

import ctypes
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from stages.console import StageError

if TYPE_CHECKING:
    import torch


def chosen_device(name: Literal["auto", "cpu", "cuda"]) -> Literal["cpu", "cuda"]:
    """Return the device for ``device`` in params.yaml; torch is imported only for a driver of CUDA.

    Raises:
        StageError: ``cuda`` is asked for and there is none.
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


def choose_device(name: Literal["auto", "cpu", "cuda"]) -> "torch.device":
    """Return the device for ``device`` in params.yaml, set up for deterministic results.

    Raises:
        StageError: ``cuda`` is asked for and there is none.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a driver too old for this torch is "no CUDA" here
        has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise StageError("device is cuda, but torch finds no CUDA device; set device to auto.")
    if name == "cpu" or not has_cuda:
        return torch.device("cpu")
    # cuBLAS reads this when it starts; without it torch refuses deterministic products.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    return torch.device("cuda")


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: more would change the order of sums, and so their bytes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def keep_freed_memory() -> None:
    """Ask the C library to keep freed memory for the next step.

    By default, glibc returns large pieces to the system at once; having them mapped in anew
    made SGNS a third slower and the classifier a tenth. Elsewhere this does nothing.
    """
    trim_threshold, mmap_threshold = -1, -3  # of malloc.h
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(mmap_threshold, 2**25)
        library.mallopt(trim_threshold, 2**31 - 1)
