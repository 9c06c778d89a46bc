"""Versions as files: a folder per API, a file or a folder per version.

specs/order_capture/2.0.8.yaml
specs/order_capture/2.1.0/openapi.yaml      with the files that it refers to
specs/dynclient.toml                        pins, and other settings of these APIs

ordering  what comes before what, and ranges
shelves   the folders on the search path, and what they hold
choosing  which version a name means, by argument, environment, pin or precedence
pins      the content that a version must have, and changes of a folder

Documents are opened elsewhere (`dynclient.opening`); here is known only where they are.
"""
