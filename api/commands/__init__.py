"""Commands by subject; each parses its arguments, calls one use case and returns one JSON object."""
