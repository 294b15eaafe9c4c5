"""Bytes to a gateway and back: connections, HTTP, WebSocket, links."""
