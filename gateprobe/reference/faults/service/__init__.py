"""Faults of the service: state, load, tools, transport, usage."""
