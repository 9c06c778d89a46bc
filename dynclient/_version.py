"""The version, in a room of its own so that every level may name it."""

__version__ = "0.1.0"
