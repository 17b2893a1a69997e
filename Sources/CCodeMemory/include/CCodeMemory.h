// Memory for machine code: one file in memory, mapped twice, so that no page is both writable and executable.
#ifndef CCODEMEMORY_H
#define CCODEMEMORY_H
#include <stddef.h>
/// Maps `size` bytes; 0, or -1 where the system refuses.
int code_memory_map(size_t size, void *_Nullable *_Nonnull writable, void *_Nullable *_Nonnull executable);
#endif
