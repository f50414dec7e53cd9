"""Every read of venues, walls and rings."""
