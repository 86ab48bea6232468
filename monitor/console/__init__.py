"""What an on-call person sees in a terminal. Screens are made by pure functions of what was read and `now`."""
