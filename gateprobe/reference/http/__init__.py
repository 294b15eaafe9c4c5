"""A persona over HTTP and WebSocket: application, router, key check, server."""
