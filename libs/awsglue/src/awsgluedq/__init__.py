"""Glue Data Quality, which is not built yet."""
