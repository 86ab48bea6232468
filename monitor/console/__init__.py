"""What an on-call person sees in a terminal: screens made by pure functions of what was read and `now`."""
