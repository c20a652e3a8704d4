"""Kernels whose signatures are declared, each compiled when it is first needed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature


class Declared(CPUDispatcher):  # type: ignore[misc]  # Numba is half typed
    """A kernel of declared signatures, and of no others.

    A signature is compiled, or loaded from the cache, when it is needed: by a call from Python or in another kernel
    whose arguments can be converted to it, or by who takes the kernel as a first-class function. So a process pays for
    the kernels of its run alone, and only a kernel that has to be compiled asks for those that it calls.

    Attributes
    ----------
    declared
        The signatures.
    seconds : float
        What this process has spent on compiling and loading kernels (s): who times a simulation leaves it out.
    """

    seconds = 0.0

    declared: Sequence[Any] = ()
    _asked_last: tuple[Any, Any] = (None, None)

    def declare(self, signatures: Sequence[Any]) -> None:
        """Say which signatures there are."""
        self.declared = signatures
        self._can_compile = False

    def address(self, signature: Any) -> int:
        """Where the machine code of a signature is: for kernels that call it without being compiled with it."""
        result = self.get_compile_result(signature)
        return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))

    def _provide(self, arguments: Sequence[Any]) -> bool:
        """Have all signatures that arguments of these types can be converted to; return whether one was missing."""
        provided, outermost = False, not global_compiler_lock.is_locked()  # by this thread
        with global_compiler_lock:
            began = time.perf_counter()
            for each in self.declared:
                if each.args not in self.overloads and self._can_convert(arguments, each.args):
                    self._provide_one(each)
                    provided = True
            if outermost:
                Declared.seconds += time.perf_counter() - began
        return provided

    def _provide_one(self, signature: Any) -> None:
        self._can_compile = True
        try:
            self.compile(signature)
        finally:
            self._can_compile = False

    def _can_convert(self, arguments: Sequence[Any], expected: Sequence[Any]) -> bool:
        if len(arguments) != len(expected):
            return False
        return all(self.typingctx.can_convert(*pair) is not None for pair in zip(arguments, expected, strict=True))

    # -- where Numba asks for a signature

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """In another kernel."""
        _, arguments = self.fold_argument_types(args, kws)
        self._provide(arguments)
        return super().get_call_template(args, kws)

    def get_compile_result(self, sig: Any) -> Any:
        """As a first-class function, at every call that it is passed in: who asks again has the same signature object.

        To look it up takes longer than to play a few rows of the tape: its dozen types are hashed and compared.
        """
        asked, result = self._asked_last
        if asked is not sig:
            self._provide(sig.args)
            result = super().get_compile_result(sig)
            self._asked_last = sig, result
        return result

    def get_overload(self, sig: Any) -> Any:
        """As machine code that is called without looking at the arguments (`kernels.straight`)."""
        arguments, _ = normalize_signature(sig)
        self._provide(arguments)
        return super().get_overload(sig)

    def _search_new_conversions(self, *args: Any, **kws: Any) -> bool:
        """From Python, with arguments that fit none of the signatures that are there."""
        provided = self._provide([self.typeof_pyval(each) for each in args])
        return super()._search_new_conversions(*args, **kws) or provided

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        """The same, while another thread compiles."""
        self._provide([self.typeof_pyval(each) for each in args])
        return self
