"""What reviewers and CI read: what an environment declares, and what a change does to it."""
