"""The Django peers. PEER chooses: drf, ninja_jwt or naive."""
