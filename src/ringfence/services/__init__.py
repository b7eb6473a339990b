"""What Ringfence does for people, one package per promise to the customer.

Services stand on the privacy kernel and never import each other; `ringfence.app` joins them through ports that the one
in need declares. Each has the same skeleton: README.md, records.py (what it keeps, declared), service.py, and ports.py
where it needs a neighbour.
"""
