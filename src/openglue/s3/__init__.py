"""S3 in embedded mode: buckets are folders, for boto3 over HTTP and for Spark without any extra class archive."""
