"""From the `published` schema of the warehouse to files that others read, and the door through which analysts read them."""
