"""The subcommands of `manage.py load`, one module each."""
