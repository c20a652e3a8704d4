"""What families of protocols have in common."""
