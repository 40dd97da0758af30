"""Use cases: load, compute with `gis`, save; one transaction each."""
