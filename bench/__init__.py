"""Benchmarks: shares of a limit or of a peer, measured side by side."""
