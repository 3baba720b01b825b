"""The login flow in which one role needs a one-time password beside the password."""

import pulumi
from pulumi_keycloak import authentication

from components.base import Component


class SecondFactor(Component):
    """Keycloak's browser flow with one condition more: whoever has `role` gives a one-time password, every time.

    Who has the role and no device yet sets one up at the next login. Others are asked for theirs if they have one, as
    in Keycloak's own flow.

    Outputs:
        bound: the realm's name, known once logins go this way.
        after_provider: the alias of the flow that asks the same of who logged in elsewhere, at an upstream provider.
    """

    def __init__(
        self, name: str, realm_id: pulumi.Input[str], role: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("identity:SecondFactor", name, opts)
        self._realm, self._role = realm_id, role
        flow = authentication.Flow(
            f"{name}-browser",
            realm_id=realm_id,
            alias="platform-browser",
            description="Password, and a one-time password of who administers.",
            opts=self.child(),
        )
        # The order is the priorities', whatever the order in which they were made.
        cookie = self._step(f"{name}-cookie", flow.alias, "auth-cookie", "ALTERNATIVE", 10)
        elsewhere = self._step(f"{name}-elsewhere", flow.alias, "identity-provider-redirector", "ALTERNATIVE", 20)
        forms = self._part(f"{name}-forms", flow.alias, "platform-forms", "ALTERNATIVE", 30)
        password = self._step(f"{name}-password", forms.alias, "auth-username-password-form", "REQUIRED", 10)
        ended = [
            *self._asked(f"{name}-administrators", forms.alias, "platform-administrators-otp", 20),
            *self._asked(f"{name}-others", forms.alias, "platform-own-otp", 30, others=True),
        ]
        bindings = authentication.Bindings(
            f"{name}-flows",
            realm_id=realm_id,
            browser_flow=flow.alias,
            # A flow that is not whole yet lets people in without what it lacks.
            opts=self.child(depends_on=[cookie, elsewhere, password, *ended]),
        )
        after = authentication.Flow(
            f"{name}-after-provider",
            realm_id=realm_id,
            alias="platform-after-provider",
            description="A one-time password of who administers and logged in elsewhere.",
            opts=self.child(),
        )
        # A flow of which no step applies fails; this one lets in whoever the next does not concern.
        allowed = self._step(f"{name}-after-provider-allow", after.alias, "allow-access-authenticator", "REQUIRED", 10)
        asked = [allowed, *self._asked(f"{name}-after-provider", after.alias, "platform-after-provider-otp", 20)]
        self.after_provider: pulumi.Output[str] = pulumi.Output.all(after.alias, *(each.id for each in asked)).apply(
            lambda parts: str(parts[0])
        )
        self.bound: pulumi.Output[str] = bindings.realm_id
        self.register_outputs({"bound": self.bound})

    def _asked(
        self, name: str, parent: pulumi.Input[str], alias: str, priority: int, *, others: bool = False
    ) -> list[pulumi.CustomResource]:
        """Ask for a one-time password: of who has the role, or else of the `others`, if they have a device."""
        part = self._part(f"{name}-otp", parent, alias, "CONDITIONAL", priority)
        has_role = self._step(f"{name}-have-role", part.alias, "conditional-user-role", "REQUIRED", 10)
        config = authentication.ExecutionConfig(
            f"{name}-have-role",
            realm_id=self._realm,
            execution_id=has_role.id,
            alias=f"{alias}-role",
            config={"condUserRole": self._role, "negate": "true" if others else "false"},
            opts=self.child(),
        )
        steps: list[pulumi.CustomResource] = [config]
        if others:
            steps.append(self._step(f"{name}-have-device", part.alias, "conditional-user-configured", "REQUIRED", 20))
        steps.append(self._step(f"{name}-form", part.alias, "auth-otp-form", "REQUIRED", 30))
        return steps

    def _part(
        self, name: str, parent: pulumi.Input[str], alias: str, requirement: str, priority: int
    ) -> authentication.Subflow:
        return authentication.Subflow(
            name,
            realm_id=self._realm,
            parent_flow_alias=parent,
            alias=alias,
            provider_id="basic-flow",
            requirement=requirement,
            priority=priority,
            opts=self.child(),
        )

    def _step(
        self, name: str, parent: pulumi.Input[str], authenticator: str, requirement: str, priority: int
    ) -> authentication.Execution:
        return authentication.Execution(
            name,
            realm_id=self._realm,
            parent_flow_alias=parent,
            authenticator=authenticator,
            requirement=requirement,
            priority=priority,
            opts=self.child(),
        )
