"""What a request costs in counts, which are the same on every machine: `python -m bench.count`.

Read in this order: store, connection, contestants, calls, callgrind, worker.
"""
