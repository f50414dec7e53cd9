"""Pages of signing in, of one's own account, and of those who manage accounts."""
