"""The offline Kubernetes plugin: server-side apply, with the vendor's tokens, options, outputs and annotations."""
