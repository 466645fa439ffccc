/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of certificate files as a source. */
#include "certs/source_files.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "certs/authorities.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "smime/certificate.h"

#include <string.h>

#define LOOK_EVERY_US 1000000

#define AT(member) offsetof(FilesSettings, member)

static const SettingRow rows[] = {
    {.name = "path",
     .type = SETTING_PATH,
     .offset = AT(path),
     .required = true,
     .help = "folder of certificates, PEM or DER"},
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .help = "asked for these domains only; none: for all"},
    {0}};

const SettingsTable certificates_settings = {
    .block = "certificates",
    .named = true,
    .size_bytes = sizeof(FilesSettings),
    .rows = rows,
    .help = "a folder of recipients' certificates",
};

typedef struct {
    Source source;
    const FilesSettings *settings;
    GMutex lock;            /* of what follows */
    GHashTable *by_address; /* folded mailbox -> GPtrArray * of GBytes *;
                             * replaced whole */
    char *seen;             /* the folder as it was when it was read */
    gint64 looked_us;
    guint64 generation;
} FilesSource;

/* --- reading ----------------------------------------------------------- */

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static void
drop_list(gpointer list)
{
    g_ptr_array_unref(list);
}

static void
index_certificate(GHashTable *index, const Certificate *certificate)
{
    char *const *each = certificate_get_addresses(certificate);
    /* Whether such a name counts is for certs/match.h to say. */
    if (*each == NULL)
        each = certificate_get_subject_addresses(certificate);
    for (; *each != NULL; each++) {
        char *folded = mailbox_fold(*each);
        GPtrArray *list = g_hash_table_lookup(index, folded);
        if (list == NULL) {
            list = g_ptr_array_new_with_free_func(drop_bytes);
            g_hash_table_insert(index, folded, list);
        } else {
            g_free(folded);
        }
        g_ptr_array_add(list, g_bytes_ref(certificate_get_der(certificate)));
    }
}

/* A file that cannot be read is told, and costs nobody else anything. */
static GHashTable *
read_folder(const FilesSource *self, const GPtrArray *paths, Problems *problems)
{
    const FilesSettings *settings = self->settings;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(drop_certificate);
    GHashTable *index =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_list);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) some =
            certificate_load_file(g_ptr_array_index(paths, i), &error);
        if (some == NULL)
            problems_warn(problems, &settings->head.at, "%s", error->message);
        for (guint k = 0; some != NULL && k < some->len; k++) {
            Certificate *each = g_ptr_array_index(some, k);
            index_certificate(index, each);
            g_ptr_array_add(all, certificate_ref(each));
        }
    }
    authorities_set(self->source.authorities, all);
    return index;
}

static void
log_problems(const FilesSource *self, const Problems *problems)
{
    const char *line;
    for (unsigned i = 0; (line = problems_get(problems, i)) != NULL; i++)
        log_event(LOG_LEVEL_WARNING, "certificates", "folder",
                  self->source.name, "problem", line, NULL);
}

/* A folder that has gone for a moment keeps what it held. */
static void
reread(FilesSource *self)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) paths =
        folder_list(self->settings->path, &self->settings->head.at, problems);
    g_autofree char *seen = folder_look(paths);
    if (problems_count(problems) == 0 && strcmp(seen, self->seen) != 0) {
        g_free(self->seen);
        self->seen = g_steal_pointer(&seen);
        g_hash_table_unref(self->by_address);
        self->by_address = read_folder(self, paths, problems);
        self->generation++;
    }
    log_problems(self, problems);
}

/* --- asking ------------------------------------------------------------ */

/* Called with the lock held. */
static void
look_again(FilesSource *self)
{
    gint64 now_us = clock_monotonic_us();
    if (now_us - self->looked_us < LOOK_EVERY_US)
        return;
    self->looked_us = now_us;
    reread(self);
}

/* The folder as it is now, give or take a second. Caller unrefs. */
static GHashTable *
get_index(FilesSource *self)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    (void)locker;
    look_again(self);
    return g_hash_table_ref(self->by_address);
}

static guint64
get_generation(Source *source)
{
    FilesSource *self = (FilesSource *)(gpointer)source;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    (void)locker;
    look_again(self);
    return self->generation;
}

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    (void)deadline_us; /* a folder on this machine does not let us wait */
    g_autoptr(GHashTable) index = get_index((FilesSource *)(gpointer)source);
    for (guint i = 0; i < count; i++) {
        g_autofree char *folded = mailbox_fold(addresses[i]);
        const GPtrArray *known = g_hash_table_lookup(index, folded);
        source_answer_set(&answers[i], SOURCE_ANSWERED, NULL);
        for (guint k = 0; known != NULL && k < known->len; k++)
            g_ptr_array_add(
                answers[i].values,
                source_value_new(g_bytes_ref(g_ptr_array_index(known, k)),
                                 NULL));
    }
}

static void
destroy(Source *source)
{
    FilesSource *self = (FilesSource *)(gpointer)source;
    g_hash_table_unref(self->by_address);
    authorities_free(source->authorities);
    g_mutex_clear(&self->lock);
    g_free(self->seen);
    g_free(self);
}

Source *
source_files_new(const void *filled, Problems *problems)
{
    const FilesSettings *settings = filled;
    FilesSource *self = g_new0(FilesSource, 1);
    self->settings = settings;
    self->source = (Source){.name = settings->head.name,
                            .domains = settings->domains,
                            .at = settings->head.at,
                            .local = true,
                            .authorities = authorities_new(),
                            .get_generation = get_generation,
                            .find = find,
                            .destroy = destroy};
    g_mutex_init(&self->lock);
    g_autoptr(GPtrArray) paths =
        folder_list(settings->path, &settings->head.at, problems);
    self->seen = folder_look(paths);
    self->looked_us = clock_monotonic_us();
    self->by_address = read_folder(self, paths, problems);
    return &self->source;
}
