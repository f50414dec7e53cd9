"""Pages of risk notices, the risk list and early warnings."""
