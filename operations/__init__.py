"""What people do with a running environment by hand: back up, list backups, try one, restore one."""
