"""The engine as a process: started, watched over, owning a deploy or following one."""
