"""A client while it runs: what its copies share, how they call, and how one version of its document takes the place of another.

core      what all copies share; `use`, versions of single calls and operations
caller    calls with one set of options, as flows: what is sent, tried again, signed anew, read and logged
lost      an operation that a version does not have: where it was last, and what looks like its successor
notices   what a server says of the end of an operation
shadow    every exchange, judged by another version, too
reloading a document that is read again when its file changes
events    requests to a webhook, judged by the version that they name
"""
