"""From a checked job to SQL with parameters."""
