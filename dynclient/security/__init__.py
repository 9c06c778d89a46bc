"""Security: the document's requirements and the user's credentials, to what is added to a request."""
