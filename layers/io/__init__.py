"""The users' file formats, read into plain arrays and frames."""
