"""The OpenTelemetry Collector as gateway: one way in for what programs tell, checked and redacted on the way."""

from components.observability.collector.collector import Collector, CollectorArgs, CollectorSize
from components.observability.collector.sampling import Sampling

__all__ = ["Collector", "CollectorArgs", "CollectorSize", "Sampling"]
