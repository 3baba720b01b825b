"""What the platform costs on this machine: measured, printed and kept, never asserted."""
