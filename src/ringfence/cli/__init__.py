"""The commands of `ringfence`: they read arguments, call one function each, and print what it answers. No logic here.

ringfence --help        every command has an example in its help
exit codes              0 it held, 1 it did not hold, 2 it could not be asked (wrong arguments, unreadable file)
"""
