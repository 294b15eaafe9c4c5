"""Obstacles that repeat: a form of request that always fails while others are answered is the gateway's fault. Pure.

`observations` says what became of each right request, `forms` which forms it has, `chance` whether an outage or
coincidence would explain the failures, `limits` which limit they keep to, `turns` whether the same
request was answered in other turns of `--repeat`, and `groups` puts this together.
"""

from gateprobe.judge.repeated.groups import Repeated, held_to, repeated

__all__ = ["Repeated", "held_to", "repeated"]
