"""Shared by the tests of graphs."""

import re

import pytest

from topologies.field_error import FieldError


@pytest.fixture
def refused():
    """``with refused(message):`` expects a FieldError of exactly that message."""
    return lambda message: pytest.raises(FieldError, match=rf"^{re.escape(message)}\Z")
