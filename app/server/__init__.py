"""uvicorn's HTTP/1.1 with bounds, and with less work for each request. Read in this order: paced, half_closed,
bounded, refusals, parting, exchange, target, answer, corked."""
