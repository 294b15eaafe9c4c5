"""Honest gateways that differ from OpenAI in what every specification leaves open, and from each other."""
