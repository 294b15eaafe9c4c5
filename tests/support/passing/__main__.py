"""Serve the honest relay on a port, before the upstream that the environment names, until it is ended."""

from __future__ import annotations

import os
import signal
import sys

from tests.support.passing.relay import passing

with passing(os.environ["GATEPROBE_UPSTREAM_URL"], os.environ["GATEPROBE_UPSTREAM_KEY"], port=int(sys.argv[1])):
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
