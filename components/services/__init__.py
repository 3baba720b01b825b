"""Teams' own programs behind the edge, with the platform's login in front of them."""

from components.services.login import Login
from components.services.proxy import SignIn
from components.services.request import ServiceRequest
from components.services.service import Service, ServiceArgs, labels_of

__all__ = ["Login", "Service", "ServiceArgs", "ServiceRequest", "SignIn", "labels_of"]
