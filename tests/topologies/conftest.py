"""Shared by the tests of graphs."""

import re

import pytest


@pytest.fixture
def refused():
    """``with refused(message):`` expects a ValueError of exactly that message."""
    return lambda message: pytest.raises(ValueError, match=rf"^{re.escape(message)}\Z")
