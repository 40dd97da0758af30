"""Who holds which post in which grid, who stands in, and who did on a day."""
