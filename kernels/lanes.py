"""Vectors of sixteen float32 in LLVM IR: what the intrinsics of the other kernels are written with.

A vector always has sixteen lanes; on a host with narrower registers LLVM splits it. Every element is therefore computed
by the same operations in the same order everywhere, and AVX2 and AVX-512 hosts agree bit for bit. (A host without fused
multiply-add rounds twice where others round once: there the last bits differ.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.core.registry import cpu_target

#: Elements of a vector.
LANES = 16

#: What the compiler may use on this host, as LLVM names it ("+avx512f", "+fma", ...); obeys NUMBA_CPU_FEATURES.
FEATURES = frozenset(cpu_target.target_context.codegen().magic_tuple()[2].split(","))

#: Whether one instruction multiplies and adds. Where none does, LLVM would call a library function per element.
FUSED = {"+fma", "+avx"} <= FEATURES or "+neon" in FEATURES

_REAL, _INTEGER, _BIT, _SIZE = ir.FloatType(), ir.IntType(32), ir.IntType(1), ir.IntType(64)
_VECTOR, _INTEGERS, _MASK = (ir.VectorType(element, LANES) for element in (_REAL, _INTEGER, _BIT))

# exp(x) = 2^n e^r with n = round(x / ln 2) and |r| <= ln(2) / 2 (Cody and Waite, "Software manual for the elementary
# functions", 1980, chapter 6). The high part of ln 2 has 15 bits, so that n times it is exact.
_LN2_HIGH = 22713 / 2**15
_LN2_LOW = math.log(2) - _LN2_HIGH
# Taylor coefficients of e^r from the seventh power down: the first one left out is below 0.3466^8 / 8! = 5e-9.
_EXPONENTIAL = [1 / math.factorial(power) for power in range(7, -1, -1)]
# Adding this number leaves the nearest integer in the low bits of the sum.
_ROUNDER = 1.5 * 2.0**23
# tanh(x) = x + x^3 P(x^2) for |x| < 5/8, highest power first (Moshier, Cephes Mathematical Library 2.2, tanhf).
_TANH_SMALL = 0.625
_TANH = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]
# The smallest argument of exp whose result is a normal number, rounded up.
_LOWEST = -87.0


class Lanes:
    """Emits vector instructions where `builder` stands. A *value* below is an IR value; an *address* counts bytes."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder

    # --- constants and addresses ---

    def size(self, value: int) -> Any:
        """A 64-bit integer."""
        return ir.Constant(_SIZE, value)

    def constant(self, value: float) -> Any:
        """The same number in every lane."""
        return ir.Constant(_VECTOR, [value] * LANES)

    def splat(self, scalar: Any) -> Any:
        """A scalar copied to every lane."""
        kind = ir.VectorType(scalar.type, LANES)
        first = self.builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(_INTEGER, 0))
        return self._shuffle(first, first, [0] * LANES)

    def further(self, address: Any, elements: Any) -> Any:
        """The address that many float32 further on."""
        return self.builder.add(address, self.builder.shl(elements, self.size(2)))

    # --- memory ---

    def variable(self, value: float) -> Any:
        """A vector that later instructions may store to; it ends up in a register."""
        slot = cgutils.alloca_once(self.builder, _VECTOR)
        self.builder.store(self.constant(value), slot)
        return slot

    def first(self, count: Any) -> Any:
        """Mask of the first `count` lanes (of all, if there are fewer)."""
        return self.builder.icmp_signed("<", _numbers(), self.splat(self.builder.trunc(count, _INTEGER)))

    def only(self, lane: Any) -> Any:
        """Mask of one lane (of none, if there is no such lane)."""
        return self.builder.icmp_signed("==", _numbers(), self.splat(self.builder.trunc(lane, _INTEGER)))

    def load(self, address: Any, mask: Any = None, others: Any = None) -> Any:
        """Sixteen neighbours; lanes outside the mask come from `others` (or are zero), their memory is not touched."""
        pointer = self._pointer(address, _VECTOR)
        if mask is None:
            return self.builder.load(pointer, align=4)
        kinds = (_VECTOR.as_pointer(), _INTEGER, _MASK, _VECTOR)
        others = self.constant(0.0) if others is None else others
        return self._call("llvm.masked.load.v16f32.p0", _VECTOR, kinds, pointer, _four(), mask, others)

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        """Store sixteen neighbours, or those in the mask."""
        pointer = self._pointer(address, _VECTOR)
        if mask is None:
            self.builder.store(value, pointer, align=4)
        else:
            kinds = (_VECTOR, _VECTOR.as_pointer(), _INTEGER, _MASK)
            self._call("llvm.masked.store.v16f32.p0", ir.VoidType(), kinds, value, pointer, _four(), mask)

    def broadcast(self, address: Any) -> Any:
        """One float32 from memory, copied to every lane."""
        return self.splat(self.builder.load(self._pointer(address, _REAL), align=4))

    def fetch(self, address: Any, *, write: bool = False) -> None:
        """Ask for the cache line of an address in the second-level cache, to be read or to be written; nothing waits.

        A line that is to be written is taken from other caches at once, and not only when the first store needs it.
        """
        kinds = (_VECTOR.as_pointer(), _INTEGER, _INTEGER, _INTEGER)
        hints = (ir.Constant(_INTEGER, hint) for hint in (int(write), 2, 1))
        self._call("llvm.prefetch.p0", ir.VoidType(), kinds, self._pointer(address, _VECTOR), *hints)

    # --- arithmetic ---

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """x y + z."""
        if FUSED:
            return self._call("llvm.fma.v16f32", _VECTOR, (_VECTOR,) * 3, x, y, z)
        return self.builder.fadd(self.builder.fmul(x, y), z)

    def larger(self, x: Any, y: Any) -> Any:
        """The larger of the two, lane by lane; x where x is not a number, so that divergence stays visible."""
        return self.builder.select(self.builder.fcmp_ordered("<", x, y), y, x)

    def exp(self, x: Any) -> Any:
        """exp(x) for x <= 0, within two units in the last place; below -87 it stays at exp(-87) = 1.6e-38."""
        x = self.larger(x, self.constant(_LOWEST))
        rounded = self.fma(x, self.constant(1 / math.log(2)), self.constant(_ROUNDER))
        power = self.builder.fsub(rounded, self.constant(_ROUNDER))
        rest = self.fma(power, self.constant(-_LN2_HIGH), x)
        rest = self.fma(power, self.constant(-_LN2_LOW), rest)
        value = self.constant(_EXPONENTIAL[0])
        for coefficient in _EXPONENTIAL[1:]:
            value = self.fma(value, rest, self.constant(coefficient))
        # Times 2^power: the low bits of `rounded` are added to the exponent.
        exponent = self.builder.shl(self.builder.bitcast(rounded, _INTEGERS), ir.Constant(_INTEGERS, [23] * LANES))
        return self.builder.bitcast(self.builder.add(self.builder.bitcast(value, _INTEGERS), exponent), _VECTOR)

    def tanh(self, x: Any) -> Any:
        """tanh(x), within two units in the last place."""
        size = self._call("llvm.fabs.v16f32", _VECTOR, (_VECTOR,), x)
        power = self.exp(self.builder.fmul(size, self.constant(-2.0)))
        # 1 - 2 / (1 + e^{2|x|}), without overflow
        share = self.builder.fdiv(power, self.builder.fadd(power, self.constant(1.0)))
        large = self.fma(share, self.constant(-2.0), self.constant(1.0))
        large = self._call("llvm.copysign.v16f32", _VECTOR, (_VECTOR, _VECTOR), large, x)
        square = self.builder.fmul(x, x)
        series = self.constant(_TANH[0])
        for coefficient in _TANH[1:]:
            series = self.fma(series, square, self.constant(coefficient))
        small = self.fma(self.builder.fmul(series, square), x, x)
        return self.builder.select(self.builder.fcmp_ordered("<", size, self.constant(_TANH_SMALL)), small, large)

    def fold(self, vector: Any, combine: Any) -> Any:
        """Reduce a vector to one value, always by the same tree: halves, quarters, eighths, sixteenths."""
        width = LANES
        while width > 1:
            width //= 2
            vector = combine(vector, self._shuffle(vector, vector, [(lane + width) % LANES for lane in range(LANES)]))
        return self.builder.extract_element(vector, ir.Constant(_INTEGER, 0))

    def transposed(self, rows: Sequence[Any]) -> list[Any]:
        """Columns of a 16 x 16 block: at each of four steps, partners exchange the halves they lack (a butterfly)."""
        block = list(rows)
        step = 1
        while step < LANES:
            keep = [lane if not lane & step else LANES + (lane ^ step) for lane in range(LANES)]
            take = [lane | step if not lane & step else LANES + lane for lane in range(LANES)]
            for low in (row for row in range(LANES) if not row & step):
                pair = block[low], block[low | step]
                block[low], block[low | step] = self._shuffle(*pair, keep), self._shuffle(*pair, take)
            step *= 2
        return block

    # --- details ---

    def _pointer(self, address: Any, kind: Any) -> Any:
        return self.builder.inttoptr(address, kind.as_pointer())

    def _shuffle(self, x: Any, y: Any, order: list[int]) -> Any:
        return self.builder.shuffle_vector(x, y, ir.Constant(_INTEGERS, order))

    def _call(self, name: str, result: Any, kinds: Sequence[Any], *arguments: Any) -> Any:
        function = cgutils.get_or_insert_function(self.builder.module, ir.FunctionType(result, kinds), name)
        return self.builder.call(function, arguments)


def _four() -> Any:
    """The alignment of a float32 in bytes."""
    return ir.Constant(_INTEGER, 4)


def _numbers() -> Any:
    """0, 1, ..., 15."""
    return ir.Constant(_INTEGERS, list(range(LANES)))
