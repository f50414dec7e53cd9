"""What is owed and how it is judged: pure, no Django, no clock."""
