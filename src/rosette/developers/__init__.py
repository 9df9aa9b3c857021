"""
The pages for developers: the home at ``/developers``, and the console that tries calls.

They stand on the API's own description and on the foundation of the pages, so that they can say
nothing of the API that is not so.
"""
