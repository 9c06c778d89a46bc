"""Values on the wire: parameters, servers, path templates, and bodies in every media type; encode beside decode.

mediatype    media types parsed and compared; the error of a body
values       Python values as plain data
files        what may be passed as a file, and what is read back
rules        what a document says about a body
codec        the families of media types; encode, decode, and decoders that items are pushed through
choice       the media type for a value, where several are offered
jsontext, yamltext, rawbody, urlencoded, sequences     one or two codecs each; rawbody is text and bytes
multipart, parts                      bodies of parts: their values, their bytes
xmltree, xmlmodel, xmltext            XML: values in nodes, the nodes of a schema, their text
scalar, styles, params                a scalar as text, the styles of OpenAPI, the parameters of a request
servers, template                     the URL of an operation
"""
