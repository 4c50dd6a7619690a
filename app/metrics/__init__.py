"""What Prometheus is told of all workers. Read in this order: meter, lag, readings, board, publisher, exposition,
view."""
