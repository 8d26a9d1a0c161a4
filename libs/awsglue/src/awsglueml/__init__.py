"""Glue's machine learning transforms, which are AWS's own service: nothing of them is built."""
