"""Print the OpenAPI document, from which the page's types are generated."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from api.app import create_app
from api.settings import Settings
from layers.db import unopened


def document() -> str:
    """Return the OpenAPI document as sorted JSON; no database is opened."""
    app = create_app(Settings(home=Path("/nonexistent")), unopened())
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
