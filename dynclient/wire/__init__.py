"""Values on the wire: parameters, servers, path templates, and bodies in every media type; encode beside decode."""
