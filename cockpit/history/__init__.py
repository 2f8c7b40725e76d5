"""Read models over past deploys: typical durations, last good releases, the list and its figures."""
