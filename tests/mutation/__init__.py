"""Change what was promised, one figure at a time, and see whether a promise turns red.

    numbers.toml: figures in code ──┐
    legal tables: every row       ──┴──> Mutant ──> a copy of the tree ──> the promises' tests ──> caught, or a survivor

A survivor is a promise whose test can't fail, or a row of law that nothing depends on: both are defects.
"""
