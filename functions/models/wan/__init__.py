"""Wan 2.1 and 2.2: open weights under a permissive licence."""
