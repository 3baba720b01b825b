"""Resource types that are described by a table of their properties.

The plugins for Keycloak, PostgreSQL, random and TLS differ in what they talk to, and are alike in how a property
behaves: it is required or has a default, a change of it updates or replaces, and the server may choose a value when
none is given. That likeness is written once, here; a type is then its table and four calls.
"""
