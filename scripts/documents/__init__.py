"""The documents, or the parts of them, that are made from the code: `make docs` writes them."""
