"""The deploy window, T, and what is due when."""
