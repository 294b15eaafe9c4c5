"""Faults of streams and WebSocket connections."""
