"""The synthetic city: fictional registers with a known truth beside them."""
