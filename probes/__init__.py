"""The probes and their scenarios: one module per surface, small and declarative.

Importing a module declares what it holds: each `@scenario` says what is sent, each `@probe` judges what came back.
`catalogue.toml` beside this file lists the capabilities that they judge.
"""
