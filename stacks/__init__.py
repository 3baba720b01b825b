"""From the stack's config to the environment's components."""
