"""Shared by the tests of graphs."""

import pytest
import refusals

from topologies.field_error import FieldError


@pytest.fixture
def refused():
    """``with refused(message):`` expects a ValueError of exactly that message."""
    return refusals.refused
