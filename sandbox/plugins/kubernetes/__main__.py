"""`python -m sandbox.plugins.kubernetes ENGINE_ADDRESS`."""

from sandbox.plugins.host import serve

from .provider import KubernetesProvider

serve(KubernetesProvider())
