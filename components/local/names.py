"""What the things of an environment are called on the engine."""


def project(environment: str) -> str:
    """What the name of each begins with, so that two environments share one engine."""
    return f"etl-{environment}"


def named(environment: str, name: str) -> str:
    """What a thing is called there."""
    return f"{project(environment)}-{name}"
