"""Schemas: bundled, translated to JSON Schema 2020-12, compiled, explained, and example values made of them."""
