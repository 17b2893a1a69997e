// Runs compiled traces that BackendCheck wrote to a file, on the machine that they are for or under its emulator.
//
//     runner FILE >RESULTS
//
// FILE: code size, memory size, slot count, case count; code; for each case entry offset, frame, memory. RESULTS: for each
// case what the code returned, memory, slots. All numbers are 64 bits wide. The addresses are those of Layout in main.swift.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef uint64_t word;
enum { FUNCTIONS = 5 };
static const word code_at = 0x1000000000, functions_at = 0x1100000000, memory_at = 0x1200000000, values_at = 0x1300000000;

// Whatever a call may change is changed.
static void clobber(void) {
#if defined(__aarch64__)
  __asm__ volatile("mov x1, #77\n mov x2, x1\n mov x3, x1\n mov x4, x1\n mov x5, x1\n mov x6, x1\n mov x7, x1\n mov x8, x1\n mov x9, x1\n"
                   "mov x10, x1\n mov x11, x1\n mov x12, x1\n mov x13, x1\n mov x14, x1\n mov x15, x1\n mov x16, x1\n mov x17, x1\n" ::
                   : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17");
  __asm__ volatile("fmov d0, #3.0\n fmov d1, d0\n fmov d2, d0\n fmov d3, d0\n fmov d4, d0\n fmov d5, d0\n fmov d6, d0\n fmov d7, d0\n"
                   "fmov d16, d0\n fmov d17, d0\n fmov d18, d0\n fmov d19, d0\n fmov d20, d0\n fmov d21, d0\n fmov d22, d0\n fmov d23, d0\n"
                   "fmov d24, d0\n fmov d25, d0\n fmov d26, d0\n fmov d27, d0\n fmov d28, d0\n fmov d29, d0\n fmov d30, d0\n fmov d31, d0\n" ::
                   : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d16", "d17", "d18", "d19", "d20", "d21", "d22", "d23", "d24", "d25",
                     "d26", "d27", "d28", "d29", "d30", "d31");
#elif defined(__x86_64__)
  __asm__ volatile("mov $77, %%rcx\n mov %%rcx, %%rdx\n mov %%rcx, %%rsi\n mov %%rcx, %%rdi\n mov %%rcx, %%r8\n mov %%rcx, %%r9\n mov %%rcx, %%r10\n mov %%rcx, %%r11\n" ::
                   : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
  __asm__ volatile("cvtsi2sd %%rsp, %%xmm0\n movaps %%xmm0, %%xmm1\n movaps %%xmm0, %%xmm2\n movaps %%xmm0, %%xmm3\n movaps %%xmm0, %%xmm4\n movaps %%xmm0, %%xmm5\n"
                   "movaps %%xmm0, %%xmm6\n movaps %%xmm0, %%xmm7\n movaps %%xmm0, %%xmm8\n movaps %%xmm0, %%xmm9\n movaps %%xmm0, %%xmm10\n"
                   "movaps %%xmm0, %%xmm11\n movaps %%xmm0, %%xmm12\n movaps %%xmm0, %%xmm13\n movaps %%xmm0, %%xmm14\n movaps %%xmm0, %%xmm15\n" ::
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#endif
}

// The same functions as in Host.swift.
static word barrier(word thread, word a, word b, word c) {
  ((word *)thread)[8] += a;
  ((unsigned char *)a)[4] = 0;
  clobber();
  return 0;
}
static word box(word thread, word a, word b, word c) {
  if ((a & ~(1ull << 63)) > 0x7ff0000000000000) a = 0x7ff8000000000000;
  clobber();
  return (a * 0x9e3779b97f4a7c15) & ~(word)3;
}
static word mix(word thread, word a, word b, word c) {
  word r = (a * 31 + b * 17 + c) % 1000003 * 2 + 1;
  ((word *)thread)[9] = ((word *)thread)[9] * 31 + r;
  clobber();
  return r;
}
static word step(word thread, word a, word b, word c) {
  word r = ((word *)thread)[10];
  ((word *)thread)[9] = ((word *)thread)[9] * 37 + a + 2 * b + 3 * c;
  if (r > 0) ((word *)thread)[10] = r - 1;
  clobber();
  return r * 2 == 0 ? 0 : r * 2 + 1;
}

static word record(word thread, word a, word b, word c) {
  word *t = (word *)thread, size = (8 + 8 * b + 15) & ~15ull, at = t[14];
  if (at + size <= t[15]) t[14] = at + size;
  else at = memory_at + 3200 + 256 + ++t[16] % 8 * 32;
  word *p = (word *)at;
  p[0] = a | b << 48;
  for (word k = 0; k < b; k++) p[1 + k] = 0;
  clobber();
  return at;
}

static void *map(word at, size_t size, int protection) {
  void *p = mmap((void *)at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (p != (void *)at) { fprintf(stderr, "no memory at %llx\n", (unsigned long long)at); exit(2); }
  return p;
}

int main(int argc, char **argv) {
  FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
  word head[4];
  if (!f || fread(head, 8, 4, f) != 4) return 2;
  size_t code_size = head[0], memory_size = head[1], slots = head[2];
  char *code = map(code_at, code_size + 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  if (fread(code, 1, code_size, f) != code_size) return 2;
  char *stubs = map(functions_at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  word (*functions[FUNCTIONS])(word, word, word, word) = {barrier, box, mix, step, record};
  for (int k = 0; k < FUNCTIONS; k++) {
#if defined(__aarch64__)
    uint32_t jump[2] = {0x58000050, 0xd61f0200};  // ldr x16, 8 bytes on; br x16
#else
    unsigned char jump[8] = {0xff, 0x25, 2, 0, 0, 0, 0x90, 0x90};  // jmp [rip + 2]
#endif
    memcpy(stubs + 16 * k, jump, 8);
    memcpy(stubs + 16 * k + 8, &functions[k], 8);
  }
  __builtin___clear_cache(code, code + code_size);
  __builtin___clear_cache(stubs, stubs + 4096);
  char *memory = map(memory_at, memory_size + 4096, PROT_READ | PROT_WRITE);
  char *values = map(values_at, slots * 8, PROT_READ | PROT_WRITE);
  for (word k = 0; k < head[3]; k++) {
    word c[2];
    if (fread(c, 8, 2, f) != 2 || fread(memory, 1, memory_size, f) != memory_size) return 2;
    memset(values, 0xaa, slots * 8);
    word r = ((word(*)(word, word, void *))(code_at + c[0]))(memory_at, c[1], values);
    fwrite(&r, 8, 1, stdout);
    fwrite(memory, 1, memory_size, stdout);
    fwrite(values, 8, slots, stdout);
  }
  return 0;
}
