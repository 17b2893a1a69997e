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

int code_memory_map(size_t size, void **writable, void **executable) {
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
