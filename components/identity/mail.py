"""The mail server through which the realm writes to people."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_keycloak as keycloak

Encryption = Literal["starttls", "tls"]


@dataclass(frozen=True)
class Mail:
    """An SMTP server, always over TLS.

    Args:
        sender: the address that mails come from, and `sender_name` the name beside it.
        encryption: `starttls`: begun in plain text and then encrypted; `tls`: encrypted from the first byte.
        username, password: the login; None for a server that needs none.
    """

    host: str
    port: int
    sender: str
    sender_name: str = "ETL platform"
    encryption: Encryption = "starttls"
    username: str | None = None
    password: pulumi.Input[str] | None = None

    def server(self) -> keycloak.RealmSmtpServerArgs:
        """The server as a realm has it."""
        login = None
        if self.username is not None and self.password is not None:
            login = keycloak.RealmSmtpServerAuthArgs(
                username=self.username, password=pulumi.Output.secret(self.password)
            )
        return keycloak.RealmSmtpServerArgs(
            host=self.host,
            port=str(self.port),
            from_=self.sender,
            from_display_name=self.sender_name,
            ssl=self.encryption == "tls",
            starttls=self.encryption == "starttls",
            auth=login,
        )
