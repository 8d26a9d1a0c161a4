"""Job bookmarks: what the runs of a job have read, so that the next one reads what is new (awsglue 5)."""
