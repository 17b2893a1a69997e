// Methods of the builtin types.
