"""How anything is fitted."""
