"""A sample frontend: people log in through Keycloak, see their roles, and log out again."""
