"""Tokens to tags: entities in sentences and documents."""
