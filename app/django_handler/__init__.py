"""Django's ASGI handler without what an async API request does not need.

Each module says which work of the stock handler it leaves out, and why that is safe. Read in this order: handler,
request, thread_context, threads, deadline, disconnect, shared_timer, signal_receivers.
"""
