#define _GNU_SOURCE
#include "CCodeMemory.h"
#include <sys/mman.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <libkern/OSCacheControl.h>
#include <pthread.h>

int code_memory_map(size_t size, void **writable, void **executable) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON | MAP_JIT, -1, 0);
  if (p == MAP_FAILED) return -1;
  *writable = p;
  *executable = p;
  return 0;
}
void code_memory_begin_writing(void) {
#if defined(__aarch64__)
  pthread_jit_write_protect_np(0);
#endif
}
void code_memory_end_writing(void *changed, size_t size) {
#if defined(__aarch64__)
  pthread_jit_write_protect_np(1);
#endif
  sys_icache_invalidate(changed, size);
}

#else

// Shared memory without a file, mapped a second time. To perf it is memory that a map of symbols may describe.
static int map_anonymous(size_t size, void **writable, void **executable) {
  void *w = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (w == MAP_FAILED) return -1;
  // Nothing of the old mapping is moved: there is another one of the same pages.
  void *x = mremap(w, 0, size, MREMAP_MAYMOVE);
  if (x == MAP_FAILED || mprotect(x, size, PROT_READ | PROT_EXEC)) {
    if (x != MAP_FAILED) munmap(x, size);
    munmap(w, size);
    return -1;
  }
  *writable = w;
  *executable = x;
  return 0;
}
int code_memory_map(size_t size, void **writable, void **executable) {
  if (!map_anonymous(size, writable, executable)) return 0;
  int fd = memfd_create("traces", MFD_CLOEXEC);
  if (fd < 0) return -1;
  if (ftruncate(fd, (off_t)size) < 0) { close(fd); return -1; }
  void *w = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void *x = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  close(fd);
  if (w == MAP_FAILED || x == MAP_FAILED) {
    if (w != MAP_FAILED) munmap(w, size);
    if (x != MAP_FAILED) munmap(x, size);
    return -1;
  }
  *writable = w;
  *executable = x;
  return 0;
}
void code_memory_begin_writing(void) {}
// Data caches are by physical address: cleaning where it is executed cleans what was written elsewhere. Nothing is emitted
// on x86-64, whose caches agree with each other.
void code_memory_end_writing(void *changed, size_t size) { __builtin___clear_cache((char *)changed, (char *)changed + size); }

#endif
