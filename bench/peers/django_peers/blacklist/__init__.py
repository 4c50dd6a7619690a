"""The blacklist of the naive peer."""
