"""Arrays that nobody writes to, wherever they come from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np


def freeze(holder: Any) -> None:
    """Replace the arrays of a frozen dataclass by views that cannot be written to.

    Arrays kept in files come like that. Searches are compiled anew for arrays that can be written to, so that
    those just made are held alike.
    """
    for item in fields(holder):
        value = getattr(holder, item.name)
        if isinstance(value, np.ndarray):
            kept = value.view()
            kept.flags.writeable = False
            object.__setattr__(holder, item.name, kept)
