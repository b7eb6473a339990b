"""Ringfence: a self-hosted cloud-softphone server that keeps its privacy promises in code."""

__all__ = ["__version__"]

__version__ = "0.1.0"
