"""A deploy that several machines share."""
