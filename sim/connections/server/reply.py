"""An answer that its worker goes on with at once."""

from __future__ import annotations

from typing import Any

import simpy


class Reply(simpy.Event):
    """An event that happens while it is told to succeed: it is not scheduled, which would cost more than all else.

    Whoever waits for it goes on before anything else happens at that instant. So it is for who tells it from outside of
    all processes and servers, as the network does: nobody goes on in the middle of what another one does.
    """

    def succeed(self, value: Any = None) -> simpy.Event:
        """Bring `value`."""
        self._ok, self._value = True, value
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]  # as SimPy marks what is over
        for callback in callbacks:
            callback(self)
        return self
