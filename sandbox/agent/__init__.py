"""What the node lacks by itself: network policies that are enforced, and volumes that are made on request."""
