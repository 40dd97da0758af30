"""Events: reported, routed to a grid, handled level by level, verified; light, and off by default."""
