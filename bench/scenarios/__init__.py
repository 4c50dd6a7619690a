"""What is measured. Each module has `run(bench) -> dict`, for the JSON, and prints its table."""
