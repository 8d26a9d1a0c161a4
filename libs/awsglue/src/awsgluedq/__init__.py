"""Glue Data Quality: rules in DQDL over the records of a frame. Scripts import `awsgluedq.transforms`."""
