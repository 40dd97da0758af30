"""Plans: drawing the parts of a community or township, checking them, and bringing them into force."""
