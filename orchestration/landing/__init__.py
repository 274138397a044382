"""From a file in the inbox to history in the warehouse: receive, read, check, protect, land."""
