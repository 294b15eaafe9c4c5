"""Relays that have one surface of OpenAI's API, or none: what many gateways that people pay are like."""
