"""Pages behind the sign-in: the desks of those who record, review and look after."""
