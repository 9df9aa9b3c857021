"""
What developers of clients read, made from the endpoints themselves, so that it cannot be wrong.

``openapi`` describes every endpoint; the page and the Postman collection are made of that
description alone.
"""
