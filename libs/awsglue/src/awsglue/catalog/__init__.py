"""Tables of the Data Catalog: read, written and kept up to date, through AWS's operations of it."""
