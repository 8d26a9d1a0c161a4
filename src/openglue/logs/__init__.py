"""The server's log store: what runs wrote, in files, read by CloudWatch Logs' names or followed live."""
