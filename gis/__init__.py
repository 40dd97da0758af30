"""Pure geometry, networks and statistics: arrays in, arrays out."""
