// The memory layouts that every layer shares: values, object headers, shapes, frames, threads, the VM's own state.
//
// They are declared in C so that Swift sees them as trivial structs with a fixed layout, and so that `weft_vm` is plain
// static memory, reached without a lazy initialiser.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define NONNULL _Nonnull
#define NULLABLE _Nullable

/// A tagged 64-bit word: ...1 a 63-bit integer, ..10 an immediate double, ..00 an object pointer; 0 is the empty value
/// (an unbound variable; from a native: "look at the thread").
typedef struct Value { uint64_t bits; } Value;

/// First word of every object.
///
///     | shape index: 32 | gc: 8 | flags: 8 | reserve: 16 |
///
/// gc: bit 0 old, bits 1-2 mark colour, bit 3 remembered, bit 4 forwarded, bit 5 never freed,
///     bit 6 has an identity (address asked for while young), bit 7 has a finaliser or weak references.
/// flags and reserve belong to the object's layout.
typedef struct ObjectHeader { uint32_t shape; uint8_t gc; uint8_t flags; uint16_t reserve; } ObjectHeader;

/// Class plus attribute layout. Shapes live outside the heap and never move.
typedef struct Shape {
  uint32_t index;
  uint8_t layout;            // Layout.rawValue
  uint8_t flags;             // ShapeFlags
  uint16_t inlineSlots;      // capacity of the instance's own slots (layout instance), or 0
  Value type;                // the class
  uint32_t slotCount;        // attribute slots in use, `__slots__` members included
  uint32_t fixedSlots;       // of these, `__slots__` members (first)
  struct Shape *NULLABLE parent;
  Value key;                 // name of the last slot
  struct ShapeEdge *NULLABLE edges;
  uint32_t edgeCount, edgeCapacity;
  Value *NULLABLE keys;      // slotCount names, filled lazily
} Shape;
typedef struct ShapeEdge { Value key; Shape *NONNULL target; } ShapeEdge;

/// How the words of one layout are laid out, for the collector.
typedef struct LayoutInfo {
  uint16_t size;             // bytes before the variable part
  uint8_t tracedFrom;        // first traced word
  uint8_t tracedCount;       // number of traced words
  uint8_t variable;          // VariablePart.rawValue
  uint8_t countWord;         // word holding the count of the variable part
  uint16_t reserve;
} LayoutInfo;

/// A computation that waits or runs: header, then the registers of its code.
///
///       0  header (flags: FrameFlag; reserve: size class)
///       8  back ------> the frame that gets the result
///      16  code        24  pc (next word to run)
///      32  function    40  state: what `back` does with the result | depth: frames behind it, for the recursion limit
///      48  handled: the exception being handled
///      56  extra: owner generator, instance under construction, or frame extras
///      64  registers ...
typedef struct Frame {
  ObjectHeader header;
  struct Frame *NULLABLE back;
  Value code;
  const uint32_t *NONNULL pc;
  Value function;
  uint32_t state;
  uint32_t depth;
  Value handled;
  Value extra;
} Frame;

struct Thread;
/// A native function: argument window and count; the result, or the empty value ("look at the thread").
typedef Value (*NativeCode)(struct Thread *NONNULL t, Value *NONNULL args, intptr_t count);

/// An inline cache of one instruction. An empty one has shape 0.
typedef struct CacheEntry {
  uint32_t shape;            // shape index of the receiver, or 0
  uint32_t kind;             // CacheKind.rawValue, slot above bit 8
  uint64_t version;          // type version or dict version that must still hold
  Value value;               // cached value (always old or immediate)
  Value extra;
} CacheEntry;

#define FRAME_CLASSES 64
typedef struct Thread {
  // Nursery.
  uintptr_t bump, limit;
  // Not zero: something waits at the next safepoint.
  volatile int32_t request;
  // State word that a frame pushed by the running native gets.
  uint32_t pending;
  Frame *NULLABLE frame;     // valid whenever native code runs
  Value exception;           // being raised
  Frame *NULLABLE freeFrames[FRAME_CLASSES];
  void *NULLABLE schedulerState;
  Value tasklet;             // running tasklet
  Value mainTasklet;
  Value schedulerHead;
  Value traceback;           // of the exception being raised
  Value context;             // current contextvars.Context, or empty
  Value scratch[8];          // roots for a native's own use between two safepoints
  Value profile, trace;
  uint64_t allocated;        // bytes in nursery chunks that are used up, and of what was allocated old
  intptr_t nativeDepth;
  Value *NULLABLE window;    // where the next bound argument window goes
  uint64_t switches;
  // The exception being raised already has this frame's traceback entry.
  int32_t reraising;
  // A trace function runs: nothing else is traced.
  int32_t tracing;
  // What Python calls this thread; the main thread's is the same in every process.
  uint64_t ident;
  // While the thread is in a blocking system call: the arguments of the native, which a collection updates.
  Value *NULLABLE blockedWindow;
  intptr_t blockedCount;
  // Native calls inside native calls: the machine stack below this address is left alone.
  uintptr_t stackLimit;
} Thread;

#define ROOT_COUNT 4096
typedef struct VM {
  Value none, true_, false_, ellipsis, notImplemented;
  Value emptyTuple, emptyStr, emptyBytes;
  Shape *NULLABLE *NONNULL shapes;
  uint32_t shapeCount, shapeCapacity;
  uint32_t recursionLimit;
  uint64_t typeVersion;      // last version handed out
  uint64_t tableVersion;     // unique over all tables; a table takes a new one whenever a key comes or goes
  // Hash secret.
  uint64_t hashKey0, hashKey1;
  // Heap accounting, bytes.
  uint64_t oldBytes, youngLimit, nextMajor, heapLimit, externalBytes;
  uint8_t markColour;        // 2 or 4: colour of live objects in the current cycle
  uint8_t marking;           // a major marking is under way
  uint8_t gcStress;
  uint8_t gcDisabled;
  uint64_t minorCount, majorCount;
} VM;
extern VM weft_vm;
// The collector's own state (a Swift struct), reached through a plain pointer.
extern void *NULLABLE weft_heap_state;
static inline void *NONNULL weft_heap(void) { return weft_heap_state; }
// Tables behind inline functions: Swift would import arrays as huge tuples.
extern Value weft_root_table[ROOT_COUNT];   // of the layers above: types, names, app-level functions
extern Value weft_latin1_table[256];        // one-character strings
extern LayoutInfo weft_layout_table[64];
static inline Value *NONNULL weft_singletons(void) { return &weft_vm.none; }  // the eight values VM starts with
static inline Value *NONNULL weft_roots(void) { return weft_root_table; }
static inline Value *NONNULL weft_latin1(void) { return weft_latin1_table; }
static inline LayoutInfo *NONNULL weft_layouts(void) { return weft_layout_table; }
static inline Frame *NULLABLE *NONNULL weft_free_frames(Thread *NONNULL t) { return t->freeFrames; }
static inline Value *NONNULL weft_scratch(Thread *NONNULL t) { return t->scratch; }

// Backward jumps until a loop is looked at, hashed by the address of its head; 16 bits, wrapping.
#define HOT_COUNTS 1024
extern uint16_t weft_hot_counts[HOT_COUNTS];
/* Calls after which a function is looked at by the recorder. */
extern uint32_t weft_hot_calls;
/* Where compiled code goes on after a call has returned to a pc: a direct-mapped table. */
#define CONTINUATIONS 1024
struct Continuation { uintptr_t pc, body; };
extern struct Continuation weft_continuations[CONTINUATIONS];
static inline struct Continuation *NONNULL weft_continuation(uintptr_t pc) { return &weft_continuations[pc >> 2 & (CONTINUATIONS - 1)]; }
static inline uint16_t *NONNULL weft_hot_count(const uint32_t *NONNULL pc) { return &weft_hot_counts[(uintptr_t)pc >> 2 & (HOT_COUNTS - 1)]; }
static inline uint16_t *NONNULL weft_hot_table(void) { return weft_hot_counts; }

static inline uintptr_t weft_stack_pointer(void) { return (uintptr_t)__builtin_frame_address(0); }
static inline uint64_t weft_double_bits(double d) { uint64_t b; __builtin_memcpy(&b, &d, 8); return b; }
// Bits of Thread.request come from signal handlers and other threads.
static inline void weft_request_set(Thread *NONNULL t, int32_t bits) { __atomic_fetch_or(&t->request, bits, __ATOMIC_SEQ_CST); }
static inline void weft_request_clear(Thread *NONNULL t, int32_t bits) { __atomic_fetch_and(&t->request, ~bits, __ATOMIC_SEQ_CST); }
int weft_open(const char *NONNULL path, int flags, int mode);
int weft_fcntl(int fd, int command, long argument);
int weft_ioctl(int fd, unsigned long request, void *NULLABLE argument);
size_t weft_usable_size(void *NONNULL p);
void weft_malloc_trim(void);
/// All threads allocate from one arena, which grows by a megabyte: for a program whose threads run one at a time.
void weft_malloc_in_one_arena(void);
void *NULLABLE weft_memmem(const void *NONNULL s, size_t n, const void *NONNULL p, size_t m);
int weft_openat(int dir, const char *NONNULL path, int flags, int mode);
int weft_fork(void);
int weft_system(const char *NONNULL command);
// Signals.
int weft_default_signal(int s);
int weft_ignore_signal(int s);
int weft_handle_signal(int s, void (*NONNULL handler)(int));
int weft_signal_disposition(int s);
int weft_siginfo(const void *NONNULL info, int which);
int weft_setitimer(int which, const void *NONNULL value, void *NONNULL old);
int weft_getitimer(int which, void *NONNULL old);
// GNU functions.
#include <sys/types.h>
int weft_close_range(unsigned lo, unsigned hi);
int weft_dup3(int a, int b, int flags);
int weft_pipe2(int *NONNULL p, int flags);
int weft_openpty(int *NONNULL master, int *NONNULL slave);
ssize_t weft_copy_file_range(int a, long *NULLABLE ao, int b, long *NULLABLE bo, size_t n);
int weft_getresuid(unsigned *NONNULL r, unsigned *NONNULL e, unsigned *NONNULL s);
int weft_getresgid(unsigned *NONNULL r, unsigned *NONNULL e, unsigned *NONNULL s);
int weft_sched_getaffinity(int pid, size_t n, void *NONNULL mask);
int weft_sched_setaffinity(int pid, size_t n, const void *NONNULL mask);
ssize_t weft_getrandom(void *NONNULL p, size_t n, unsigned flags);
int weft_gettid(void);
// System calls by a number of our own: pointers and integers alike are passed as longs.
long weft_system_call(int which, long a, long b, long c, long d, long e, long f);
int weft_getrusage(int who, void *NONNULL r);
int weft_getrlimit(int which, void *NONNULL r);
int weft_prlimit(int pid, int which, const void *NULLABLE value, void *NONNULL old);
int weft_fork_exec(char *NULLABLE const *NONNULL paths, int path_count, char *NULLABLE const *NONNULL argv, char *NULLABLE const *NULLABLE envp,
                   const char *NULLABLE cwd, const int *NONNULL fds, const int *NULLABLE keep, int keep_count, int close_fds, int restore_signals,
                   int new_session, int pgid, int mask, int group_count, const unsigned *NULLABLE groups, int gid, int uid,
                   const void *NULLABLE signals);
int weft_epoll_create(void);
int weft_epoll_control(int ep, int op, int fd, unsigned events);
int weft_epoll_wait(int ep, int *NONNULL fds, unsigned *NONNULL events, int count, int timeout);
// The profiler (sampling.c). Starts taking SIGPROF, compiled code being in [start, end); gives it back.
int weft_sampling_start(uintptr_t start, uintptr_t end);
void weft_sampling_stop(void);
// Sends it to a thread of this process; nanoseconds of processor time that a thread has used, -1 when there is none.
int weft_sample_thread(int tid);
int64_t weft_thread_time(int tid);
// Time that no sample stands for yet. Taken with where in compiled code the thread was last seen, or 0.
void weft_sample_add(int64_t ns);
int64_t weft_sample_take(uintptr_t *NONNULL pc);
// Sockets and memory maps.
int weft_socket(int family, int type, int proto);
int weft_socketpair(int family, int type, int proto, int *NONNULL fds);
int weft_accept4(int fd, void *NONNULL address, unsigned *NONNULL n);
int weft_h_errno(void);
ssize_t weft_recvmsg(int fd, void *NONNULL data, size_t size, void *NONNULL control, size_t control_size, int flags, void *NONNULL address,
                     int address_size, int *NONNULL out);
ssize_t weft_sendmsg(int fd, const void *NULLABLE data, size_t size, const void *NULLABLE control, size_t control_size, int flags,
                     const void *NULLABLE address, int address_size);
void *NULLABLE weft_mremap(void *NONNULL p, size_t old, size_t size);
int weft_madvise(void *NONNULL p, size_t n, int advice);
