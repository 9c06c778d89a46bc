"""Security: the document's requirements and the user's credentials, and what both add to a request.

scheme        security schemes, as the document describes them
credentials   the user's credentials by scheme, also from netrc files and keyrings
digest        the challenge of HTTP digest and the answer to it
additions     what each kind of credential adds to a request
requirements  which requirement the credentials meet, and what is missing
oauth         access tokens
"""
