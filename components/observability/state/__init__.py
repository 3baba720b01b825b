"""kube-state-metrics: the state of Kubernetes' own objects as figures, of the platform's namespaces alone."""

from components.observability.state.state import State, StateArgs

__all__ = ["State", "StateArgs"]
