"""Who can do what on which database: by the config, and on the live servers."""
