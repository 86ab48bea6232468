"""How the shipped model is made from the project's own corpus. Nothing here is needed to run it."""
