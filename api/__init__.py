"""Web service and command line: thin, no SQL, no geometry."""
