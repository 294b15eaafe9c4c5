"""Clients: what the official clients make of the bytes that a gateway sent, at no cost.

After capture, and where a client is installed, each kind of answer is served again on loopback and read by the real
client in a process of its own. What it made of them is stored in the run as evidence (`client.<name>.jsonl`), and
that alone is judged, so that a run can be judged again where no client is installed.
"""

from __future__ import annotations

from gateprobe.clients.known import CLIENTS, Client
from gateprobe.clients.outcome import OUTCOME_TYPE, Outcome
from gateprobe.clients.replay import replay

__all__ = ["CLIENTS", "OUTCOME_TYPE", "Client", "Outcome", "replay"]
