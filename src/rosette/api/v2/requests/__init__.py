"""What V2 clients send, checked, as the wishes that operations take; a file per noun."""
