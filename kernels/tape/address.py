"""Operations that are called by their address, so that the executor is compiled without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import int64, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.tape.deck import DECK
from kernels.tape.rows import WINDOW

#: operation(gradient, evaluate, window, number, deck): plays a row of a window, by element type of the parameters;
#: arguments as in `kernels.tape.operations.play_row`.
OPERATION = {
    name: void(GRADIENT_FUNCTION[name], EVALUATE_FUNCTION[name], WINDOW, int64, deck) for name, deck in DECK.items()
}


@intrinsic  # type: ignore[untyped-decorator]  # Numba is half typed
def _call(typing_context: Any, address: Any, gradient: Any, evaluate: Any, window: Any, number: Any, deck: Any) -> Any:
    kinds = (gradient, evaluate, window, int64, deck)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        convention = context.call_conv
        function = convention.get_function_type(types.none, kinds).as_pointer()
        pointer = builder.inttoptr(arguments[0], function)
        status, _ = convention.call_function(builder, pointer, types.none, kinds, arguments[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.none(int64, *kinds), generate


def _call_itself(operation: Callable[..., None], *arguments: Any) -> None:
    operation(*arguments)


#: call(address, gradient, evaluate, window, number, deck): have an operation play a row. (Uncompiled, the address is
#: the function.)
call: Any = _call_itself if DISABLE_JIT else _call
