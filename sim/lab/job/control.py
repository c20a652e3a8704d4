"""What the processes of a job and who has started them say to each other: short messages, beside the wires."""

from __future__ import annotations

import json
import socket
from typing import Any

#: Longest message (B).
_LONGEST = 1 << 16


class Control:
    """One end of such a connection; a message is a JSON object with one word for what it is about.

    Parameters
    ----------
    connection
        Which keeps messages apart.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    @classmethod
    def pair(cls) -> tuple[Control, Control]:
        """Both ends of a new one."""
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(one), cls(other)

    def say(self, word: str, **more: Any) -> None:
        """Say something; who is gone does not hear it."""
        text = json.dumps({"word": word, **more}).encode()
        try:
            self.connection.send(text[:_LONGEST])
        except OSError:
            return

    def hear(self) -> dict[str, Any] | None:
        """The next message, which is waited for; None: the other one is gone."""
        try:
            text = self.connection.recv(_LONGEST)
        except ConnectionResetError:
            return None
        return json.loads(text) if text else None

    def close(self) -> None:
        """Close this end."""
        self.connection.close()
