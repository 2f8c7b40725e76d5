"""The runbook's compiler: rules over what the reader understood. Pure; what is asked of the machine comes in from "
"outside."""
