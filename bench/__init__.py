"""The benchmark: Authgate beside other ways to build the same two routes, on one machine, in one run. See README.md."""
