"""How every database of the platform begins: in UTF-8, independent of the image's locale, and closed to PUBLIC."""

import pulumi
import pulumi_postgresql as postgresql


def closed_database(
    resource: str,
    *,
    name: str,
    owner: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    grant_opts: pulumi.ResourceOptions,
    connection_limit: int | None = None,
) -> tuple[postgresql.Database, postgresql.Grant]:
    """The database `name`, and the grant that leaves PUBLIC nothing on it.

    Args:
        resource: the database's name in the stack; the grant's is `<resource>-public`.
        opts, grant_opts: of the two; both name the server's provider.
        connection_limit: connections at once; no limit when None. Superusers do not count.
    """
    database = postgresql.Database(
        resource,
        name=name,
        owner=owner,
        encoding="UTF8",
        template="template0",
        lc_collate="C.UTF-8",
        lc_ctype="C.UTF-8",
        connection_limit=connection_limit,
        opts=opts,
    )
    closed = postgresql.Grant(
        f"{resource}-public",
        role="public",
        database=database.name,
        object_type="database",
        privileges=[],
        opts=grant_opts,
    )
    return database, closed
