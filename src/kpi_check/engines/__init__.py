"""How measures are counted: `plain` is the reference, which every other engine must equal to the byte."""
