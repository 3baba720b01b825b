"""Jaeger: traces on a volume, seen by those who run the platform."""

from components.observability.jaeger.jaeger import Jaeger, JaegerArgs, JaegerSize

__all__ = ["Jaeger", "JaegerArgs", "JaegerSize"]
