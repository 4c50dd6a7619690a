"""Metrics of all workers for Prometheus.

Read in this order: request_counts, event_loop_lag, gauges, snapshots, publisher, exposition, view."""
