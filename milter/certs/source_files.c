/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of certificate files as a source. */
#include "certs/source_files.h"

#include "base/mailbox.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "smime/certificate.h"

typedef struct {
    SettingsHead head;
    char *path;
    char **domains;
} FilesSettings;

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
    GHashTable *by_address; /* folded mailbox -> GPtrArray * of GBytes * */
} FilesSource;

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    (void)deadline_us; /* memory does not wait */
    const FilesSource *self = (const FilesSource *)(gpointer)source;
    for (guint i = 0; i < count; i++) {
        g_autofree char *folded = mailbox_fold(addresses[i]);
        const GPtrArray *known = g_hash_table_lookup(self->by_address, folded);
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
    g_free(self);
}

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static void
drop_list(gpointer list)
{
    g_ptr_array_unref(list);
}

static void
index_certificate(FilesSource *self, const Certificate *certificate)
{
    char *const *each = certificate_get_addresses(certificate);
    for (; *each != NULL; each++) {
        char *folded = mailbox_fold(*each);
        GPtrArray *list = g_hash_table_lookup(self->by_address, folded);
        if (list == NULL) {
            list = g_ptr_array_new_with_free_func(drop_bytes);
            g_hash_table_insert(self->by_address, folded, list);
        } else {
            g_free(folded);
        }
        g_ptr_array_add(list, g_bytes_ref(certificate_get_der(certificate)));
    }
}

Source *
source_files_new(const void *filled, Problems *problems)
{
    const FilesSettings *settings = filled;
    FilesSource *self = g_new0(FilesSource, 1);
    self->source = (Source){.name = settings->head.name,
                            .domains = settings->domains,
                            .line = settings->head.at.line,
                            .find = find,
                            .destroy = destroy};
    self->by_address =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_list);
    g_autoptr(GPtrArray) certificates =
        folder_load_certificates(settings->path, &settings->head.at, problems);
    for (guint i = 0; i < certificates->len; i++)
        index_certificate(self, g_ptr_array_index(certificates, i));
    return &self->source;
}
