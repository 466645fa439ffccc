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
#define DAY_S           86400

/* Each statement is prepared once. */
typedef enum {
    ADD_COPY,
    FIND_COPY,
    HAS_COPIES,
    EXPIRE_COPIES,
    ADD_DENIAL,
    REMOVE_DENIAL,
    LIST_DENIALS,
    ADD_MARK,
    FIND_MARK,
    LOSE_MARK,
    REMOVE_MARK,
    EXPIRE_MARKS,
    NEWEST_MARK,
    SETTLE_MARKS,
    BEGIN,
    COMMIT,
    ROLLBACK,
    GET_VERSION,
    STATEMENT_COUNT
} Statement;

static const char *const texts[STATEMENT_COUNT] = {
    [ADD_COPY] = "INSERT OR IGNORE INTO copies VALUES (?1, ?2, ?3)",
    [FIND_COPY] = "SELECT 1 FROM copies WHERE identity = ?1 AND recipient = ?2",
    [HAS_COPIES] = "SELECT 1 FROM copies WHERE identity = ?1 LIMIT 1",
    [EXPIRE_COPIES] = "DELETE FROM copies WHERE sent_s < ?1",
    [ADD_DENIAL] = "INSERT OR REPLACE INTO denials VALUES (?1, ?2, ?3)",
    [REMOVE_DENIAL] = "DELETE FROM denials WHERE name = ?1",
    [LIST_DENIALS] = "SELECT name, reason, since_s FROM denials ORDER BY name",
    [ADD_MARK] = "INSERT OR REPLACE INTO encrypted VALUES (?1, ?2, 0)",
    [FIND_MARK] = "SELECT last_s, lost_s FROM encrypted WHERE address = ?1",
    [LOSE_MARK] = "UPDATE encrypted SET lost_s = ?2"
                  " WHERE address = ?1 AND lost_s = 0",
    [REMOVE_MARK] = "DELETE FROM encrypted WHERE address = ?1",
    [EXPIRE_MARKS] = "DELETE FROM encrypted WHERE last_s < ?1",
    [NEWEST_MARK] = "SELECT max(last_s) FROM encrypted",
    [SETTLE_MARKS] = "UPDATE encrypted SET last_s = min(last_s, ?1),"
                     " lost_s = min(lost_s, ?1) WHERE last_s > ?1"
                     " OR lost_s > ?1",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [GET_VERSION] = "PRAGMA data_version",
};

struct State {
    GMutex lock;
    char *path;
    struct stat file; /* what path was when it was opened */
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS copies ("
    "  identity TEXT NOT NULL, recipient TEXT NOT NULL,"
    "  sent_s INTEGER NOT NULL, PRIMARY KEY (identity, recipient)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS copies_by_age ON copies (sent_s);"
    "CREATE TABLE IF NOT EXISTS denials ("
    "  name TEXT NOT NULL PRIMARY KEY, reason TEXT NOT NULL,"
    "  since_s INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS encrypted ("
    "  address TEXT NOT NULL PRIMARY KEY, last_s INTEGER NOT NULL,"
    "  lost_s INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS encrypted_by_age ON encrypted (last_s);"
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
 * SQLite gives its side files the same one. One that is there is not opened: to
 * close it would take SQLite's locks from another State of this process. */
static bool
make_file(const char *path, GError **error)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno == EEXIST && lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        return true;
    error_set(error, ERROR_CONFIG, "state file %s: %s", path,
              errno == EEXIST ? "it is no file" : g_strerror(errno));
    return false;
}

static bool
open_database(State *state, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(state->path, &state->database, flags, NULL) !=
        SQLITE_OK)
        return fail(state, ERROR_CONFIG, error);
    sqlite3_busy_timeout(state->database, BUSY_TIMEOUT_MS);
    if (sqlite3_exec(state->database, schema, NULL, NULL, NULL) != SQLITE_OK)
        return fail(state, ERROR_TEMPORARY, error);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v2(state->database, texts[i], -1,
                               &state->statements[i], NULL) != SQLITE_OK)
            return fail(state, ERROR_TEMPORARY, error);
    return true;
}

/* Takes path, of a file that is there. */
static State *
open_file(char *path, GError **error)
{
    g_autoptr(State) state = g_new0(State, 1);
    g_mutex_init(&state->lock);
    state->path = path;
    if (stat(path, &state->file) != 0) {
        error_set(error, ERROR_TEMPORARY, "state file %s: %s", path,
                  g_strerror(errno));
        return NULL;
    }
    if (!open_database(state, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&state);
}

State *
state_open(const char *dir, GError **error)
{
    if (!check_dir(dir, error))
        return NULL;
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    return make_file(path, error) ? open_file(g_steal_pointer(&path), error)
                                  : NULL;
}

State *
state_open_existing(const char *dir, bool *absent, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    struct stat status;
    *absent = stat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
    return *absent ? NULL : open_file(g_steal_pointer(&path), error);
}

void
state_free(State *state)
{
    if (state == NULL)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(state->statements[i]);
    sqlite3_close(state->database);
    g_mutex_clear(&state->lock);
    g_free(state->path);
    g_free(state);
}

/* Steps once and resets; the statement's texts must live until then. */
static int
run(const State *state, Statement which)
{
    sqlite3_stmt *statement = state->statements[which];
    int got = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return got;
}

/* Runs a bound one. YES: it changed something. */
static StateAnswer
count_changes(State *state, Statement which, GError **error)
{
    if (run(state, which) == SQLITE_DONE)
        return sqlite3_changes(state->database) > 0 ? STATE_YES : STATE_NO;
    (void)fail(state, ERROR_TEMPORARY, error);
    return STATE_UNKNOWN;
}

static bool
expire(State *state, Statement which, gint64 age_s, GError **error)
{
    sqlite3_bind_int64(state->statements[which], 1, clock_now() - age_s);
    return run(state, which) == SQLITE_DONE ||
           fail(state, ERROR_TEMPORARY, error);
}

bool
state_add_copy(State *state, const char *identity, const char *recipient,
               GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->statements[ADD_COPY], 1, identity, -1,
                      SQLITE_STATIC);
    sqlite3_bind_text(state->statements[ADD_COPY], 2, recipient, -1,
                      SQLITE_STATIC);
    sqlite3_bind_int64(state->statements[ADD_COPY], 3, clock_now());
    return run(state, ADD_COPY) == SQLITE_DONE ||
           fail(state, ERROR_TEMPORARY, error);
}

StateAnswer
state_find_copy(State *state, const char *identity, const char *recipient)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->statements[FIND_COPY], 1, identity, -1,
                      SQLITE_STATIC);
    sqlite3_bind_text(state->statements[FIND_COPY], 2, recipient, -1,
                      SQLITE_STATIC);
    int got = run(state, FIND_COPY);
    if (got == SQLITE_ROW)
        return STATE_YES;
    return got == SQLITE_DONE ? STATE_NO : STATE_UNKNOWN;
}

StateAnswer
state_has_copies(State *state, const char *identity)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->statements[HAS_COPIES], 1, identity, -1,
                      SQLITE_STATIC);
    int got = run(state, HAS_COPIES);
    if (got == SQLITE_ROW)
        return STATE_YES;
    return got == SQLITE_DONE ? STATE_NO : STATE_UNKNOWN;
}

bool
state_expire_copies(State *state, gint64 age_s, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    return expire(state, EXPIRE_COPIES, age_s, error);
}

/* --- denials ----------------------------------------------------------- */

bool
state_add_denial(State *state, const char *name, const char *reason,
                 GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_stmt *statement = state->statements[ADD_DENIAL];
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, clock_now());
    return run(state, ADD_DENIAL) == SQLITE_DONE ||
           fail(state, ERROR_TEMPORARY, error);
}

StateAnswer
state_remove_denial(State *state, const char *name, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->statements[REMOVE_DENIAL], 1, name, -1,
                      SQLITE_STATIC);
    return count_changes(state, REMOVE_DENIAL, error);
}

static void
free_denial(gpointer pointer)
{
    StateDenial *denial = pointer;
    g_free(denial->name);
    g_free(denial->reason);
    g_free(denial);
}

GPtrArray *
state_list_denials(State *state, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_denial);
    sqlite3_stmt *statement = state->statements[LIST_DENIALS];
    int got;
    while ((got = sqlite3_step(statement)) == SQLITE_ROW) {
        StateDenial *denial = g_new0(StateDenial, 1);
        denial->name =
            g_strdup((const char *)sqlite3_column_text(statement, 0));
        denial->reason =
            g_strdup((const char *)sqlite3_column_text(statement, 1));
        denial->since_s = sqlite3_column_int64(statement, 2);
        g_ptr_array_add(list, denial);
    }
    sqlite3_reset(statement);
    if (got == SQLITE_DONE)
        return g_steal_pointer(&list);
    (void)fail(state, ERROR_TEMPORARY, error);
    return NULL;
}

/* --- marks: all static ones with the lock held ------------------------- */

static StateAnswer
find_mark(const State *state, const char *address, StateMark *mark)
{
    sqlite3_stmt *statement = state->statements[FIND_MARK];
    sqlite3_bind_text(statement, 1, address, -1, SQLITE_STATIC);
    int got = sqlite3_step(statement);
    if (got == SQLITE_ROW) {
        mark->last_s = sqlite3_column_int64(statement, 0);
        mark->lost_s = sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (got == SQLITE_ROW)
        return STATE_YES;
    return got == SQLITE_DONE ? STATE_NO : STATE_UNKNOWN;
}

/* A mark of today is good enough, unless it says "lost". */
static bool
is_marked(const State *state, const char *address)
{
    StateMark mark = {0};
    return find_mark(state, address, &mark) == STATE_YES && mark.lost_s == 0 &&
           mark.last_s + DAY_S > clock_now();
}

static bool
add_mark(const State *state, const char *address)
{
    sqlite3_stmt *statement = state->statements[ADD_MARK];
    sqlite3_bind_text(statement, 1, address, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, clock_now());
    return run(state, ADD_MARK) == SQLITE_DONE;
}

bool
state_add_marks(State *state, const char *const *addresses, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    bool begun = false;
    bool good = true;
    for (; *addresses != NULL && good; addresses++) {
        if (is_marked(state, *addresses))
            continue;
        /* One transaction, one wait for the disk. */
        good = begun || run(state, BEGIN) == SQLITE_DONE;
        begun = begun || good;
        good = good && add_mark(state, *addresses);
    }
    good = good && (!begun || run(state, COMMIT) == SQLITE_DONE);
    if (good)
        return true;
    (void)fail(state, ERROR_TEMPORARY, error);
    if (begun)
        (void)run(state, ROLLBACK);
    return false;
}

StateAnswer
state_find_mark(State *state, const char *address, StateMark *mark)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    return find_mark(state, address, mark);
}

StateAnswer
state_lose_mark(State *state, const char *address, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_stmt *statement = state->statements[LOSE_MARK];
    sqlite3_bind_text(statement, 1, address, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, clock_now());
    return count_changes(state, LOSE_MARK, error);
}

StateAnswer
state_remove_mark(State *state, const char *address, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_bind_text(state->statements[REMOVE_MARK], 1, address, -1,
                      SQLITE_STATIC);
    return count_changes(state, REMOVE_MARK, error);
}

gint64
state_get_newest_mark(State *state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    sqlite3_stmt *statement = state->statements[NEWEST_MARK];
    gint64 newest_s = sqlite3_step(statement) == SQLITE_ROW
                          ? sqlite3_column_int64(statement, 0)
                          : -1;
    sqlite3_reset(statement);
    return newest_s;
}

bool
state_settle_marks(State *state, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    return expire(state, SETTLE_MARKS, 0, error);
}

bool
state_expire_marks(State *state, gint64 age_s, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    return expire(state, EXPIRE_MARKS, age_s, error);
}

gint64
state_get_version(State *state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    (void)locker;
    struct stat now;
    if (stat(state->path, &now) != 0 || now.st_dev != state->file.st_dev ||
        now.st_ino != state->file.st_ino)
        return -1;
    sqlite3_stmt *statement = state->statements[GET_VERSION];
    gint64 version = sqlite3_step(statement) == SQLITE_ROW
                         ? sqlite3_column_int64(statement, 0)
                         : -1;
    sqlite3_reset(statement);
    return version;
}
