"""The scratch server and the demo production, for real."""
