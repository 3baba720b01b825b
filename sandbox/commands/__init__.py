"""What a person can ask for: one module per command of `python3 -m sandbox`."""
