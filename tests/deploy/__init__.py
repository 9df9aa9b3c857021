"""What describes a site of many nodes: looked at, since no engine runs here."""
