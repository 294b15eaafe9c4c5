"""gateprobe: does this image gateway do what its documentation says, and what OpenAI's API does?"""

__version__ = "0.1.0"
