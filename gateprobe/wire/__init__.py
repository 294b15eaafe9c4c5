"""The wire: bytes to server-sent events, frames to text."""
