"""The version of the program, which stands here alone."""

VERSION = "0.1.0"
