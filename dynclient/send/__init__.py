"""Sending: one transport for each HTTP library, and redirects and retries above them."""
