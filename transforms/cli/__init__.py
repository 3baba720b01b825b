"""The command line: run, explain, check, new."""
