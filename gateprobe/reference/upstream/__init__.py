"""A persona as the upstream of a gateway: it records both directions, and plays faults on request."""
