"""Runbook + settings -> Plan: which task belongs to which phase, what is measured, which ways back there are. Pure."""
