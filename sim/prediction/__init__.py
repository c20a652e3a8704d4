"""How long a step takes where that has a closed form."""
