"""Everything stored or drawn as a map layer, and the use cases over it."""
