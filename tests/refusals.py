"""What a user's mistake is answered with."""

import re

import pytest

from topologies.field_error import FieldError


def refused(message):
    """``with refused(message):`` expects a FieldError of exactly that message."""
    return pytest.raises(FieldError, match=rf"^{re.escape(message)}\Z")
