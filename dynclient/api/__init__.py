"""An API, compiled: requests made and taken apart, replies read, exchanges judged.

    api         the Api: everything that a document means, compiled once and shared
    operations  its operations by name
    operation   one operation
    described   the parts of an operation: parameters, bodies, replies
    signature   its Python signature; `argschema` is the same as a JSON Schema
    plan        the argument-independent part of a request
    prepare     arguments to a request, by way of a `draft`; `payloads` makes its body
    unpack      a request back to its arguments; `forms` knows what the names in it tell
    match       a request to the operation that it calls
    read        a response to the value that it carries
    links       the calls that a reply makes possible
    pages       the next page of a call; `paged` is what the document says of that
    where       the place in the document that says what a message breaks
    pytypes     the Python types of schemas; `typetext` is how they are written
    inwords     schemas in words, and as plain data
    manual      what a caller needs to know, as data and as the text of `help()`
    verdict     what a document says of an exchange

`prepare` and `match` are inverses. Both share the validation: what `prepare` refuses, `Api.judge` reports.
"""
