"""Traefik's own configuration: what it listens on, what it reads from the cluster, what it writes to its log."""

from typing import Any

import yaml

from components.network.edge.names import HTTP_PORT, HTTPS_PORT, INTERNAL_PORT, NAMESPACE

FOLDER = "/etc/traefik"
FILE = f"{FOLDER}/traefik.yaml"
# Seconds in which a pod that ends still takes requests, until every node has heard of its end, and in which those that
# run may finish.
ACCEPTING, FINISHING = 10, 30
# TLS 1.2 with forward secrecy and authenticated encryption alone; the platform's certificates are all ECDSA. TLS 1.3
# has no weak ones to leave out. Source: Mozilla, "Server Side TLS", intermediate.
CIPHERS = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
)
# What the access log says of a request. Neither queries (they carry codes) nor headers (cookies, tokens) nor the
# request line, which has the query again.
LOGGED = (
    "StartUTC",
    "ClientHost",
    "entryPointName",
    "RouterName",
    "RequestMethod",
    "RequestHost",
    "RequestPath",
    "RequestProtocol",
    "RequestContentSize",
    "DownstreamStatus",
    "DownstreamContentSize",
    "OriginStatus",
    "Duration",
    "TLSVersion",
    "TLSCipher",
)


def configuration(gateway_class_selector: str) -> dict[str, Any]:
    """The static configuration.

    Args:
        gateway_class_selector: label selector of the one GatewayClass that is ours.

    Source: Traefik v3.7, "Install configuration".
    """
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "INFO", "format": "json"},
        "accessLog": {
            "format": "json",
            "fields": {
                "defaultMode": "drop",
                "names": dict.fromkeys(LOGGED, "keep"),
                "headers": {"defaultMode": "drop"},
                "queryParameters": {"defaultMode": "drop"},
            },
        },
        "entryPoints": {
            "http": _outside(HTTP_PORT),
            "https": _outside(HTTPS_PORT),
            "internal": {"address": f":{INTERNAL_PORT}"},
        },
        "ping": {"entryPoint": "internal"},
        "metrics": {"prometheus": {"entryPoint": "internal", "addRoutersLabels": True}},
        "providers": {
            "kubernetesGateway": {"namespaces": [NAMESPACE], "labelSelector": gateway_class_selector},
            # For Middlewares and TLSOptions.
            "kubernetesCRD": {
                "namespaces": [NAMESPACE],
                "allowCrossNamespace": False,
                "disableClusterScopeResources": True,
            },
        },
        # A backend that does not take a connection is down.
        "serversTransport": {"forwardingTimeouts": {"dialTimeout": "5s"}},
    }


def text(gateway_class_selector: str) -> str:
    """The same as the file that Traefik reads."""
    return yaml.safe_dump(configuration(gateway_class_selector), sort_keys=False, width=120)


def tls_options() -> dict[str, Any]:
    """The spec of the TLSOption `default`: what every listener offers. A name that no certificate has is refused."""
    return {
        "minVersion": "VersionTLS12",
        "cipherSuites": list(CIPHERS),
        "sniStrict": True,
        "alpnProtocols": ["h2", "http/1.1"],
    }


def _outside(port: int) -> dict[str, Any]:
    return {
        "address": f":{port}",
        # No proxy stands before this one: whatever a client says of addresses in X-Forwarded-* is replaced.
        "forwardedHeaders": {"insecure": False},
        "http": {
            "sanitizePath": True,
            # X_Forwarded_For is X-Forwarded-For to many a server behind.
            "aliasHeadersStrategy": "delete",
            # A path that means one thing here and another thing to the backend would pass by the list of allowed ones.
            "encodedCharacters": {
                "allowEncodedSlash": False,
                "allowEncodedBackSlash": False,
                "allowEncodedNullCharacter": False,
                "allowEncodedSemicolon": False,
                "allowEncodedPercent": False,
                "allowEncodedQuestionMark": False,
                "allowEncodedHash": False,
            },
            "maxHeaderBytes": 64 * 1024,  # tokens and cookies fit many times
        },
        "http2": {"maxConcurrentStreams": 100},
        "transport": {
            "lifeCycle": {"requestAcceptGraceTimeout": f"{ACCEPTING}s", "graceTimeOut": f"{FINISHING}s"},
            # A whole request within a minute, its answer within five; a connection that says nothing ends after 90 s.
            "respondingTimeouts": {"readTimeout": "60s", "writeTimeout": "300s", "idleTimeout": "90s"},
        },
    }
