"""Jaeger: traces on a volume, seen by those who run the platform."""

from components.observability.jaeger.jaeger import Entrance, Jaeger, JaegerArgs, JaegerSize

__all__ = ["Entrance", "Jaeger", "JaegerArgs", "JaegerSize"]
