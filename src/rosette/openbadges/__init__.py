"""
Open Badges without a server: facts, documents of each version, and images that carry them.

No Django, no network and no clock: what is needed from outside is handed in, so the same
arguments always give the same bytes. ``credential`` and ``recipient`` hold the facts, which
carry no version; ``documents`` turns them into the JSON of a version and back; ``baking`` puts
documents into images.
"""
