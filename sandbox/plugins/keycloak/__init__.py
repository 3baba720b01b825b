"""The offline plugin for the package `keycloak`."""
