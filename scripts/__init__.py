"""Commands of the repository: shell scripts, and the programs that make files."""
