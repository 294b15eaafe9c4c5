"""The scenarios: requests that yield evidence for many probes."""
