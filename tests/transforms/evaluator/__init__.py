"""What a job means, computed row by row in plain Python: SQL's logic of three values, and nothing of the compiler."""
