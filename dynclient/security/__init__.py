"""Security: the document's requirements and the user's credentials, to what is added to a request.

    scheme.py         what a document says: schemes
    requirements.py   which requirement is met, what is missing, and what a 401 asks for
    credentials.py    what the user has: values, callables, environment variables
    lookup.py         credentials in a netrc file or a keyring
    additions.py      what a credential becomes on the wire, by the kind of scheme
    digest.py         http digest: challenges and their answers

No credential is ever part of a message, a repr or a comparison.

What a server may refuse and be asked again (a token that has ended, a digest challenge) all travels in Authorization, so that
`after_401` needs no arguments of the call: it gives the same request with that one field anew.
"""

from dynclient.security.additions import Additions
from dynclient.security.credentials import Credential, Credentials, environment_name
from dynclient.security.lookup import Keyring, Netrc
from dynclient.security.requirements import after_401, fixed, present, select
from dynclient.security.scheme import Requirement, Scheme, scheme_of, secret_names

__all__ = [
    "Additions",
    "Credential",
    "Credentials",
    "Keyring",
    "Netrc",
    "Requirement",
    "Scheme",
    "after_401",
    "environment_name",
    "fixed",
    "present",
    "scheme_of",
    "secret_names",
    "select",
]
