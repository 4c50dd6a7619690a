"""uvicorn's HTTP/1.1 protocol with limits: `--http app.server:HTTPProtocol`.

With less work for each request, too. Read in this order: protocol, half_closed, head_limits, refusals,
graceful_shutdown, exchange, target, response_cycle, coalescing_transport.
"""

from app.server.protocol import HTTPProtocol

__all__ = ["HTTPProtocol"]
