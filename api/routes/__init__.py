"""Routes by subject; each handler parses, calls one use case and answers."""
