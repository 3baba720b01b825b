"""What whoever is on call sees: traces today, by a collector in front of every backend."""
