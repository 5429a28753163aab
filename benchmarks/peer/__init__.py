"""The server beside a peer and beside the floor: what `benchmarks/speed.py` is made of."""
