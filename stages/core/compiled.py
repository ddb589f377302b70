"""Loops compiled by Numba: for one fixed processor, so that a result is the same on every one.

A module of such loops, ``kernels.py`` of a stage, calls no others than its own and those here.
Compiled once, they are kept in ``.scratch/kernels``, or where ``NUMBA_CACHE_DIR`` says.

Why the bytes are the same on every x86-64 processor with AVX2: the machine code is. Sums may be
reordered and a product and a sum fused, but by the compiler, which knows no processor but that of
``stages.core.processor``. No estimate of a reciprocal is allowed, which differs between makers,
and nothing is called of a library that chooses by processor: hence ``exp`` and ``log`` below.
"""

import hashlib
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir

from stages.core.console import say
from stages.core.processor import FITS

if not FITS:
    say("this processor has no AVX2: results differ from those of others in their last digits.")
# Numba reads this when it is imported.
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = f"{__name__}.ByContent"

import numba
from numba.core import cgutils
from numba.core.caching import _CacheLocator
from numba.extending import (
    NativeValue,
    intrinsic,
    models,
    overload_attribute,
    register_model,
    typeof_impl,
    unbox,
)

CACHE = Path(__file__).parents[2] / ".scratch/kernels"
REORDERED = {"reassoc", "contract", "nsz"}  # no "arcp" or "afn": they allow estimates

Function = TypeVar("Function", bound=Callable[..., Any])
# Types and what makes them: Any, since a checker of types knows them otherwise than Numba.
f4: Any = np.float32
f8: Any = np.float64
i4: Any = np.int32
i8: Any = np.int64
u8: Any = np.uint64


class ByContent(_CacheLocator):  # type: ignore[misc]
    """Where machine code is kept: by what it is compiled from, not by its place and time.

    So copies of the project may share a cache, and none takes what another's source gave.
    """

    _told: bool = False

    def __init__(self, py_file: str) -> None:
        """Take the file with the loops."""
        known = hashlib.sha256(Path(py_file).read_bytes() + Path(__file__).read_bytes())
        self._stamp = known.hexdigest()
        room = ".".join(Path(py_file).with_suffix("").parts[-2:])
        self._path = Path(os.environ.get("NUMBA_CACHE_DIR") or CACHE, f"{room}-{self._stamp[:16]}")
        if not any(self._path.glob("*.nbi")) and not ByContent._told:
            ByContent._told = True
            say("compiling its loops, once: they are kept for the next time (up to a minute).")

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(self._path)

    def get_source_stamp(self) -> str:
        """Return what tells one source from another."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """Return what tells functions of the same name in a file apart: here names are unique."""
        return ""

    @classmethod
    def from_function(cls, py_func: object, py_file: str) -> "ByContent":
        """Return where the code of a function in a file is kept."""
        return cls(py_file)


def kernel(function: Function, reordered: Collection[str] = REORDERED) -> Function:
    """Have a function compiled at its first call with arguments of a type, and keep the code."""
    compiled = numba.njit(
        fastmath=set(reordered),
        nogil=True,
        boundscheck=False,
        error_model="numpy",
        cache=True,
        # A kernel's code is then all its own. One that is called instead is compiled twice, alone
        # and with its caller, with sums in other orders, and which of the two is taken differs
        # between the process that compiles and those that find the code kept.
        forceinline=True,
    )
    return cast(Function, compiled(function))


def as_written(function: Function) -> Function:
    """Do the same for a function whose sums and products are made in the order that it gives."""
    return kernel(function, ())


class Width:
    """A number that the compiler knows: how many dimensions, or classes, a loop goes over.

    Machine code is made for each; in a kernel, ``width.value`` is the number.
    """

    def __init__(self, value: int) -> None:
        """Take the number."""
        self.value = value


class _WidthType(numba.types.Type):  # type: ignore[misc]
    def __init__(self, value: int) -> None:
        super().__init__(name=f"Width({value})")
        self.value = value


register_model(_WidthType)(models.OpaqueModel)


@typeof_impl.register(Width)
def _type_of_width(width: Width, _: object) -> _WidthType:
    return _WidthType(width.value)


@unbox(_WidthType)
def _unbox_width(_: object, __: object, code: Any) -> Any:
    return NativeValue(code.context.get_dummy_value())


@overload_attribute(_WidthType, "value")
def _value_of_width(width):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    number = np.uint64(width.value)
    return lambda width: number


@intrinsic
def _prefetch(_, array, i, j):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        kind, number = signature.args[0], ir.IntType(32)
        data = context.make_array(kind)(context, builder, arguments[0])
        place = cgutils.get_item_pointer(
            context, builder, kind, data, arguments[1:], wraparound=False
        )
        place = builder.bitcast(place, ir.IntType(8).as_pointer())
        of = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        fetch = cgutils.get_or_insert_function(builder.module, of, "llvm.prefetch.p0i8")
        builder.call(fetch, [place, number(0), number(3), number(1)])  # to read, and to keep
        return context.get_dummy_value()

    return numba.types.void(array, i, j), build


@kernel
def prefetch(a: Any, i: Any, dim: Any) -> None:
    """Have the processor bring row i of ``a``, (., d) float32, into its caches: it goes on."""
    for x in range(u8(0), dim.value, u8(16)):  # of a cache line
        _prefetch(a, u8(i), x)


@kernel
def exp4(x: Any) -> Any:
    """Return e^x in float32, to 4e-6 of itself; x is taken as within +-87.

    2^k times a polynomial for 2^f, x = (k + f) ln 2 with |f| <= 1/2.
    """
    t = min(max(x, f4(-87)), f4(87)) * f4(1.4426950408889634)
    k = np.floor(t + f4(0.5))
    f = t - k
    p = f4(0.0013333558198064566) + f * f4(0.00015403530094772577)
    p = f4(0.05550410971045494) + f * (f4(0.009618128649890423) + f * p)
    p = f4(1) + f * (f4(0.6931471824645996) + f * (f4(0.2402264922857285) + f * p))
    return p * i4((i4(k) + i4(127)) << i4(23)).view(f4)


@kernel
def exp8(x: Any) -> Any:
    """Return e^x in float64, to 1e-13 of itself; x is taken as within +-700."""
    x = min(max(x, -700.0), 700.0)
    k = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - k * 0.6931471805599453
    # Taylor's series: r^14 / 14! is below 1e-17. Written out, so that four go at a time.
    p = 1 / 362880 + r * (
        1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r * (1 / 6227020800)))
    )
    p = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * p)))
    p = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * p))))
    return p * i8((i8(i4(k)) + i8(1023)) << i8(52)).view(f8)


@kernel
def log8(x: Any) -> Any:
    """Return the logarithm of a positive, normal float64, to 1e-15.

    x = 2^k m with m near 1, and log m = 2 artanh((m - 1) / (m + 1)).
    """
    bits = f8(x).view(i8)
    k = (bits >> i8(52)) - i8(1023)
    m = i8((bits & i8(0xFFFFFFFFFFFFF)) | i8(1023 << 52)).view(f8)
    if m > 1.4142135623730951:
        m *= 0.5
        k += i8(1)
    s = (m - 1.0) / (m + 1.0)
    q = s * s  # at most 0.03
    p = 1 / 15 + q * (1 / 17 + q * (1 / 19 + q * (1 / 21)))
    p = 1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * p)))
    p = 1.0 + q * (1 / 3 + q * (1 / 5 + q * p))
    return i4(k) * 0.6931471805599453 + 2.0 * s * p


@kernel
def softplus8(x: Any) -> Any:
    """Return log(1 + e^x) in float64."""
    return max(x, 0.0) + log8(1.0 + exp8(-abs(x)))
