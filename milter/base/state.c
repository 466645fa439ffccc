/* SPDX-License-Identifier: BSD-2-Clause */
/* State: the SQLite file that sceaud and the tool write. */
#include "base/state.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000

struct State {
    GMutex lock;
    sqlite3 *database;
    sqlite3_stmt *add_copy;
    sqlite3_stmt *find_copy;
    sqlite3_stmt *has_copies;
    sqlite3_stmt *expire_copies;
};

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS copies ("
    "  identity TEXT NOT NULL, recipient TEXT NOT NULL,"
    "  sent_s INTEGER NOT NULL, PRIMARY KEY (identity, recipient)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS copies_by_age ON copies (sent_s);"
    "PRAGMA user_version = 1;";

static bool
fail(State *state, ErrorClass class, GError **error)
{
    error_set(error, class, "state file: %s",
              state->database != NULL ? sqlite3_errmsg(state->database)
                                      : "out of memory");
    return false;
}

static bool
check_dir(const char *dir, GError **error)
{
    struct stat status;
    if (stat(dir, &status) != 0) {
        error_set(error, ERROR_CONFIG, "state directory %s: %s", dir,
                  g_strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        error_set(error, ERROR_CONFIG, "state directory %s: not a directory",
                  dir);
        return false;
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        error_set(error, ERROR_CONFIG,
                  "state directory %s may be written by everybody", dir);
        return false;
    }
    return true;
}

/* Made before SQLite opens it, so that its mode is ours from the first byte;
 * SQLite gives its side files the same one. */
static bool
make_file(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_set(error, ERROR_CONFIG, "state file %s: %s", path,
                  g_strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static bool
prepare(State *state, sqlite3_stmt **statement, const char *sql, GError **error)
{
    int got = sqlite3_prepare_v2(state->database, sql, -1, statement, NULL);
    return got == SQLITE_OK || fail(state, ERROR_TEMPORARY, error);
}

static bool
open_database(State *state, const char *path, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(path, &state->database, flags, NULL) != SQLITE_OK)
        return fail(state, ERROR_CONFIG, error);
    sqlite3_busy_timeout(state->database, BUSY_TIMEOUT_MS);
    if (sqlite3_exec(state->database, schema, NULL, NULL, NULL) != SQLITE_OK)
        return fail(state, ERROR_TEMPORARY, error);
    return prepare(state, &state->add_copy,
                   "INSERT OR IGNORE INTO copies VALUES (?1, ?2, ?3)", error) &&
           prepare(state, &state->find_copy,
                   "SELECT 1 FROM copies WHERE identity = ?1 AND "
                   "recipient = ?2",
                   error) &&
           prepare(state, &state->has_copies,
                   "SELECT 1 FROM copies WHERE identity = ?1 LIMIT 1", error) &&
           prepare(state, &state->expire_copies,
                   "DELETE FROM copies WHERE sent_s < ?1", error);
}

State *
state_open(const char *dir, GError **error)
{
    if (!check_dir(dir, error))
        return NULL;
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    if (!make_file(path, error))
        return NULL;
    g_autoptr(State) state = g_new0(State, 1);
    g_mutex_init(&state->lock);
    if (!open_database(state, path, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&state);
}

void
state_free(State *state)
{
    if (state == NULL)
        return;
    sqlite3_finalize(state->add_copy);
    sqlite3_finalize(state->find_copy);
    sqlite3_finalize(state->has_copies);
    sqlite3_finalize(state->expire_copies);
    sqlite3_close(state->database);
    g_mutex_clear(&state->lock);
    g_free(state);
}

/* Steps once and resets; the statement's texts must live until then. */
static int
run(sqlite3_stmt *statement)
{
    int got = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return got;
}

bool
state_add_copy(State *state, const char *identity, const char *recipient,
               GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->add_copy, 1, identity, -1, SQLITE_STATIC);
    sqlite3_bind_text(state->add_copy, 2, recipient, -1, SQLITE_STATIC);
    sqlite3_bind_int64(state->add_copy, 3, clock_now());
    return run(state->add_copy) == SQLITE_DONE ||
           fail(state, ERROR_TEMPORARY, error);
}

StateAnswer
state_find_copy(State *state, const char *identity, const char *recipient)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->find_copy, 1, identity, -1, SQLITE_STATIC);
    sqlite3_bind_text(state->find_copy, 2, recipient, -1, SQLITE_STATIC);
    int got = run(state->find_copy);
    if (got == SQLITE_ROW)
        return STATE_YES;
    return got == SQLITE_DONE ? STATE_NO : STATE_UNKNOWN;
}

StateAnswer
state_has_copies(State *state, const char *identity)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->has_copies, 1, identity, -1, SQLITE_STATIC);
    int got = run(state->has_copies);
    if (got == SQLITE_ROW)
        return STATE_YES;
    return got == SQLITE_DONE ? STATE_NO : STATE_UNKNOWN;
}

bool
state_expire_copies(State *state, gint64 age_s, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_int64(state->expire_copies, 1, clock_now() - age_s);
    return run(state->expire_copies) == SQLITE_DONE ||
           fail(state, ERROR_TEMPORARY, error);
}
