"""Reusable ComponentResources. They read no config, no environment variable and no file: arguments in, outputs out."""
