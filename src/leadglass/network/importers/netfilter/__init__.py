"""What nftables and iptables share: the kernel's hooks, its conditions and translations. Never how they are written."""
