"""A compiled job on Spark: sources read, rules counted, sinks written and published."""
