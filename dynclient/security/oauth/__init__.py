"""OAuth 2.0 and OpenID Connect: from a document and the user's settings to an access token."""
