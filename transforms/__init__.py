"""Declarative Spark jobs: a file of sources, steps, rules and sinks becomes one parameterised query per sink.

Importable without Pulumi, and until a job runs without Spark.
"""
