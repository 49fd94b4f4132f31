//! The Starlark side of an app: dialect, the `ace` module, values.
