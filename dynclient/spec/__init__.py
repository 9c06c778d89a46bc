"""Documents: text to plain data with line numbers, limits and a cache; places in it, and where references lead.

jsonvalue  limits; JSON text to plain data
yamlvalue  YAML text to plain data
places     the lines on which values start
access     the options of opening
urls       which names are URLs, and which of them are the same
slices     an on-disk index of a large document; its operations in columns
slicing    cutting a document into slices
store      the cache on disk
node       places with their values; identifiers
source     plain data and where it came from
reading    whatever a document is read from, to a Source
overlay    corrections of a document; sensitive: what they change in where calls go and what they must prove
swagger    Swagger 2.0 in the form of OpenAPI 3.0; swagger_parameters and swagger_schema are parts of it
library    the files of a document, and where references lead
document   the Document
"""
