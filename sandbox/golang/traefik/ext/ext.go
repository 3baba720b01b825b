// Package ext is where Traefik's configuration may be extended: two types, empty in the open-source proxy.
//
// Upstream keeps the package in a module nested in its repository, which is left out of what a registry serves.
package ext

// HTTP extends the HTTP configuration.
type HTTP struct{}

// Router extends a router.
type Router struct{}
