"""Load tests: accounts and tokens for them, and the judgement of their results."""
