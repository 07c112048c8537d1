"""Pages of the documentation that are made from the code at every build; nothing of them is committed."""
