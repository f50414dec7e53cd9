"""Risk notices, risk points and early warnings as pure functions: no database, no clock."""
