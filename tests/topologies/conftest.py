"""Shared by the tests of graphs."""

import pytest
import refusals


@pytest.fixture
def refused():
    """``with refused(message):`` expects a ValueError of exactly that message."""
    return refusals.refused
