"""What a user's mistake is answered with."""

import re

import pytest


def refused(message):
    """``with refused(message):`` expects a ValueError of exactly that message."""
    return pytest.raises(ValueError, match=rf"^{re.escape(message)}\Z")
