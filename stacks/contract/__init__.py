"""The contract: what a stack's config may say, and what a person reads when it says something else.

Nothing in this package imports Pulumi, so that editors, pre-commit hooks and CI check a file in well under a second.
"""
