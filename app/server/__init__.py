"""uvicorn's HTTP/1.1 with bounds, and with less work for each request. Read in this order: bounded, exchange, answer,
corked."""
