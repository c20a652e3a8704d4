"""How far predictions are from what has been measured."""
