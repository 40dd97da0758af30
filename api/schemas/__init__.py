"""Shapes of requests and answers; the client's types are generated from them."""
