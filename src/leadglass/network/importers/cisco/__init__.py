"""What the configurations of Cisco's firewalls and routers have in common. Never decides what a command means."""
