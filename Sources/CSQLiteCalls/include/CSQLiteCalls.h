// Calls into SQLite that may call back. Such a call runs on a stack of its own: where SQLite asks for a function, the stack
// is left as it is and the caller gets a request; when Python has the answer, the call is continued.
#pragma once
#include <sqlite3.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { WEFT_SQL_STEP, WEFT_SQL_PREPARE, WEFT_SQL_RESET, WEFT_SQL_FINALIZE, WEFT_SQL_EXEC };
enum { WEFT_ASK_FUNCTION = 1, WEFT_ASK_STEP, WEFT_ASK_FINAL, WEFT_ASK_VALUE, WEFT_ASK_INVERSE, WEFT_ASK_COLLATION, WEFT_ASK_PROGRESS,
       WEFT_ASK_TRACE, WEFT_ASK_AUTHORIZER };

typedef struct weft_sql_call {
  int operation;
  sqlite3 *_Nullable db;
  sqlite3_stmt *_Nullable stmt;
  const char *_Nullable sql;
  int sql_length;
  const char *_Nullable tail;
  int code;                              // what SQLite returned
  // A request.
  int ask;
  int64_t user;                          // whose callback
  int argc;
  sqlite3_value *_Nullable *_Nullable argv;
  sqlite3_context *_Nullable context;
  const char *_Nullable text[4];
  int length[4];
  int64_t number;                        // action code of an authorizer
  // The answer of a collation, progress handler or authorizer.
  int answer;
  void *_Nullable machine;
} weft_sql_call;

/// Starts or continues the call: 1 where it asks, 0 when it is over.
int weft_sql_run(weft_sql_call *call);
/// Gives back the stack.
void weft_sql_free(weft_sql_call *call);

int weft_sql_function(sqlite3 *db, const char *name, int argc, int flags, int64_t user);
int weft_sql_aggregate(sqlite3 *db, const char *name, int argc, int64_t user);
int weft_sql_window(sqlite3 *db, const char *name, int argc, int64_t user);
int weft_sql_no_function(sqlite3 *db, const char *name, int argc, int window);
int weft_sql_collation(sqlite3 *db, const char *name, int64_t user);
int weft_sql_no_collation(sqlite3 *db, const char *name);
void weft_sql_progress(sqlite3 *db, int n, int64_t user);
int weft_sql_trace(sqlite3 *db, int64_t user);
int weft_sql_authorizer(sqlite3 *db, int64_t user);
/// The number that belongs to the aggregate instance of the current request; 0 at first.
int64_t *_Nullable weft_sql_instance(sqlite3_context *context, int create);

void weft_sql_result_text(sqlite3_context *context, const char *text, int n);
void weft_sql_result_blob(sqlite3_context *context, const void *data, int n);
int weft_sql_bind_text(sqlite3_stmt *stmt, int i, const char *text, int n);
int weft_sql_bind_blob(sqlite3_stmt *stmt, int i, const void *data, int n);
int weft_sql_load_extensions(sqlite3 *db, int on);

#pragma clang assume_nonnull end
