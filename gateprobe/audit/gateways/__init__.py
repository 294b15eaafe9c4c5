"""Which gateways are audited, with which keys, and what is asked of them first."""
