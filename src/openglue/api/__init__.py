"""HTTP: what a client sends is checked, decoded and answered here, and nothing is decided."""
