"""Adapters of the outside world's sources: plain bytes in, plain records out.

No Django here. `registry` and `records` are cheap to import; `geobosques` brings
pandas (0.9 s, 40 MB) and is imported by tasks and commands only.
"""
