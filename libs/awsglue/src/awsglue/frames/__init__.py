"""What a DynamicFrame can do, by subject; `awsglue.dynamicframe` puts it together."""
