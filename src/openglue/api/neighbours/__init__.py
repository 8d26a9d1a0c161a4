"""The few operations of other AWS services that Glue clients call on the same endpoint."""
