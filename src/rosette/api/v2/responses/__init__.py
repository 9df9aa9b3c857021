"""
Rows as V2 JSON objects; a file per noun.

Each shape is a TypedDict, from which the reference describes it, and a function that makes one.
"""
