// Memory for machine code that no thread can write and execute at the same time.
//
// Linux: shared memory, mapped twice, so that no page is both writable and executable. macOS: MAP_JIT, one mapping,
// which each thread sees either as writable or as executable.
#ifndef CCODEMEMORY_H
#define CCODEMEMORY_H
#include <stddef.h>
/// Maps `size` bytes; 0, or -1 where the system refuses.
int code_memory_map(size_t size, void *_Nullable *_Nonnull writable, void *_Nullable *_Nonnull executable);
/// Between these two the calling thread may write, and executes no code of this memory.
void code_memory_begin_writing(void);
/// `changed`, where it is executed: instructions fetched from there before are forgotten.
void code_memory_end_writing(void *_Nonnull changed, size_t size);
#endif
