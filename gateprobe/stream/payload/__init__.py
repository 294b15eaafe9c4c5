"""The payload of frames: decoding, large strings, pictures in base64."""
