"""Write the sample county: `python -m data.sample.generate [--out DIR]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .county import write_county


def main() -> None:
    """Read the arguments and write the files."""
    parser = argparse.ArgumentParser(description="Write the synthetic sample county.")
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=Path, default=here, help="folder for the files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, size in write_county(out).items():
        print(f"{name:26s} {size / 1024:8.1f} KB")


if __name__ == "__main__":
    main()
