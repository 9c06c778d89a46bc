"""Values on the wire: parameters, servers, path templates, and bodies in every media type; encode beside decode.

    mediatype                   media types parsed and compared; the error of a body
    values, files               Python values as plain data; what may be passed as a file, and what is read back
    bodyrules                   what a document says about a body
    codec, choice               the families of media types: encode, decode, decoders; which one of several to send
    jsontext, yamltext, rawbody, urlencoded, sequences      codecs (rawbody: text and bytes)
    multipart, parts            bodies of parts: their values, their bytes
    xmltree, xmlmodel, xmltext  XML: values in nodes, the nodes of a schema, their text
    scalar, styles, params      a scalar as text, the styles of OpenAPI, the parameters of a request
    servers, template           the URL of an operation
    charset                     charsets by the names that Python has for them
    servermessage               the words of an error reply

A codec is imported when a body first needs it.
"""
