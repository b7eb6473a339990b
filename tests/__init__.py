"""Everything that shows what Ringfence promises. `src/ringfence` is mirrored in `unit/`; see CONTRIBUTING.md."""
