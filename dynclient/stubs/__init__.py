"""Stubs: the operations and schemas of a document as Python types, for type checkers and editors.

    modules.py       an Api to the files of a module or a package; what differs from files on disk
    definitions.py   schemas as `TypedDict`s and aliases, each with a name of its own
    functions.py     operations as functions, in each of their spellings
    typed.pyi        what generated stubs are made of: clients without `__getattr__`, operations with two flavours

A stub has a module beside it, in which the clients are subclasses of `dynclient`'s, so that a program that imports from it both type-checks
and runs. There, the names of types are `dict`: they stand in annotations, and `Name(key=value)` makes a dict.
"""
