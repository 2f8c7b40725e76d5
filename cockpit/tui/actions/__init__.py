"""The actions behind the keys, by what they are about. What changes the deploy is a flow (`client/flows`): here is what
only a screen can do, and what it shows before and after."""
