"""Pages of papers: `filing` (what is kept and handed in) and `notices`."""
