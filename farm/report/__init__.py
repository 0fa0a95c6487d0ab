"""What a run amounts to, for people and programs: a line, JSON, JUnit, one page."""
