"""Arrays, as annotations name them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Floats of any shape.
Numbers: TypeAlias = NDArray[np.float64]
#: Whole numbers of any shape.
Counts: TypeAlias = NDArray[np.int64]
