"""A provider whose resources do nothing, and a program of as many of them as an environment has."""
