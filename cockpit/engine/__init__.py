"""The only place with effects in the order of a deploy: decide -> append -> apply -> act."""
