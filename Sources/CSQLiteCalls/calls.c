// Calls into SQLite that may call back; see the header.
#include "CSQLiteCalls.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK = 1 << 20 };

typedef struct machine { ucontext_t outside, inside; void *stack; int started, done; struct weft_sql_call *outer; } machine;

// The call whose stack runs.
static __thread weft_sql_call *current;

static void body(void) {
  weft_sql_call *c = current;
  machine *m = c->machine;
  switch (c->operation) {
  case WEFT_SQL_STEP: c->code = sqlite3_step(c->stmt); break;
  case WEFT_SQL_PREPARE: c->code = sqlite3_prepare_v2(c->db, c->sql, c->sql_length, &c->stmt, &c->tail); break;
  case WEFT_SQL_RESET: c->code = sqlite3_reset(c->stmt); break;
  case WEFT_SQL_FINALIZE: c->code = sqlite3_finalize(c->stmt); break;
  default: c->code = sqlite3_exec(c->db, c->sql, 0, 0, 0); break;
  }
  m->done = 1;
  current = m->outer;
  swapcontext(&m->inside, &m->outside);
}

int weft_sql_run(weft_sql_call *c) {
  machine *m = c->machine;
  if (!m) {
    m = calloc(1, sizeof *m);
    if (!m) { c->code = SQLITE_NOMEM; return 0; }
    m->stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m->stack == MAP_FAILED) { free(m); c->code = SQLITE_NOMEM; return 0; }
    mprotect(m->stack, 4096, PROT_NONE);
    getcontext(&m->inside);
    m->inside.uc_stack.ss_sp = (char *)m->stack + 4096;
    m->inside.uc_stack.ss_size = STACK - 4096;
    m->inside.uc_link = 0;
    makecontext(&m->inside, body, 0);
    c->machine = m;
  }
  m->outer = current;
  current = c;
  swapcontext(&m->outside, &m->inside);
  return !m->done;
}

void weft_sql_free(weft_sql_call *c) {
  machine *m = c->machine;
  if (!m) return;
  munmap(m->stack, STACK);
  free(m);
  c->machine = 0;
}

// Leaves the stack with a request; 0 where there is nobody to ask.
static weft_sql_call *ask(int kind, int64_t user) {
  weft_sql_call *c = current;
  if (!c) return 0;
  c->ask = kind;
  c->user = user;
  return c;
}
static void leave(weft_sql_call *c) {
  machine *m = c->machine;
  current = m->outer;
  swapcontext(&m->inside, &m->outside);
}

static void with_arguments(sqlite3_context *x, int argc, sqlite3_value **argv, int kind) {
  weft_sql_call *c = ask(kind, (int64_t)(intptr_t)sqlite3_user_data(x));
  if (!c) { sqlite3_result_error(x, "Python functions cannot be called here", -1); return; }
  c->context = x;
  c->argc = argc;
  c->argv = argv;
  leave(c);
}
static void on_function(sqlite3_context *x, int argc, sqlite3_value **argv) { with_arguments(x, argc, argv, WEFT_ASK_FUNCTION); }
static void on_step(sqlite3_context *x, int argc, sqlite3_value **argv) { with_arguments(x, argc, argv, WEFT_ASK_STEP); }
static void on_inverse(sqlite3_context *x, int argc, sqlite3_value **argv) { with_arguments(x, argc, argv, WEFT_ASK_INVERSE); }
static void on_final(sqlite3_context *x) { with_arguments(x, 0, 0, WEFT_ASK_FINAL); }
static void on_value(sqlite3_context *x) { with_arguments(x, 0, 0, WEFT_ASK_VALUE); }
static int on_collation(void *user, int n1, const void *a, int n2, const void *b) {
  weft_sql_call *c = ask(WEFT_ASK_COLLATION, (int64_t)(intptr_t)user);
  if (!c) return 0;
  c->text[0] = a; c->length[0] = n1;
  c->text[1] = b; c->length[1] = n2;
  c->answer = 0;
  leave(c);
  return c->answer;
}
static int on_progress(void *user) {
  weft_sql_call *c = ask(WEFT_ASK_PROGRESS, (int64_t)(intptr_t)user);
  if (!c) return 0;
  c->answer = 0;
  leave(c);
  return c->answer;
}
static int on_trace(unsigned what, void *user, void *stmt, void *sql) {
  if (what != SQLITE_TRACE_STMT) return 0;
  weft_sql_call *c = ask(WEFT_ASK_TRACE, (int64_t)(intptr_t)user);
  if (!c) return 0;
  c->text[0] = sql; // "-- ..." of a trigger, or the unexpanded text
  c->context = 0;
  c->argc = 0;
  sqlite3_stmt *keep = c->stmt;
  c->stmt = stmt;
  leave(c);
  c->stmt = keep;
  return 0;
}
static int on_authorizer(void *user, int action, const char *a, const char *b, const char *d, const char *e) {
  weft_sql_call *c = ask(WEFT_ASK_AUTHORIZER, (int64_t)(intptr_t)user);
  if (!c) return SQLITE_OK;
  c->number = action;
  c->text[0] = a; c->text[1] = b; c->text[2] = d; c->text[3] = e;
  c->answer = SQLITE_DENY;
  leave(c);
  return c->answer;
}

#define USER ((void *)(intptr_t)user)
int weft_sql_function(sqlite3 *db, const char *name, int argc, int flags, int64_t user) {
  return sqlite3_create_function_v2(db, name, argc, SQLITE_UTF8 | flags, USER, on_function, 0, 0, 0);
}
int weft_sql_aggregate(sqlite3 *db, const char *name, int argc, int64_t user) {
  return sqlite3_create_function_v2(db, name, argc, SQLITE_UTF8, USER, 0, on_step, on_final, 0);
}
int weft_sql_window(sqlite3 *db, const char *name, int argc, int64_t user) {
  return sqlite3_create_window_function(db, name, argc, SQLITE_UTF8, USER, on_step, on_final, on_value, on_inverse, 0);
}
int weft_sql_no_function(sqlite3 *db, const char *name, int argc, int window) {
  if (window) return sqlite3_create_window_function(db, name, argc, SQLITE_UTF8, 0, 0, 0, 0, 0, 0);
  return sqlite3_create_function_v2(db, name, argc, SQLITE_UTF8, 0, 0, 0, 0, 0);
}
int weft_sql_collation(sqlite3 *db, const char *name, int64_t user) {
  return sqlite3_create_collation_v2(db, name, SQLITE_UTF8, USER, on_collation, 0);
}
int weft_sql_no_collation(sqlite3 *db, const char *name) { return sqlite3_create_collation_v2(db, name, SQLITE_UTF8, 0, 0, 0); }
void weft_sql_progress(sqlite3 *db, int n, int64_t user) { sqlite3_progress_handler(db, user ? n : 0, user ? on_progress : 0, USER); }
int weft_sql_trace(sqlite3 *db, int64_t user) { return sqlite3_trace_v2(db, user ? SQLITE_TRACE_STMT : 0, user ? on_trace : 0, USER); }
int weft_sql_authorizer(sqlite3 *db, int64_t user) { return sqlite3_set_authorizer(db, user ? on_authorizer : 0, USER); }

int64_t *weft_sql_instance(sqlite3_context *x, int create) { return sqlite3_aggregate_context(x, create ? sizeof(int64_t) : 0); }

void weft_sql_result_text(sqlite3_context *x, const char *text, int n) { sqlite3_result_text(x, text, n, SQLITE_TRANSIENT); }
void weft_sql_result_blob(sqlite3_context *x, const void *data, int n) { sqlite3_result_blob(x, data, n, SQLITE_TRANSIENT); }
int weft_sql_bind_text(sqlite3_stmt *s, int i, const char *text, int n) { return sqlite3_bind_text(s, i, text, n, SQLITE_TRANSIENT); }
int weft_sql_bind_blob(sqlite3_stmt *s, int i, const void *data, int n) { return sqlite3_bind_blob(s, i, data, n, SQLITE_TRANSIENT); }
int weft_sql_load_extensions(sqlite3 *db, int on) { return sqlite3_enable_load_extension(db, on); }
