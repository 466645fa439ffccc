/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate of a partner's gateway as a source. */
#include "certs/source_gateway.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "smime/certificate.h"
#include "smime/openssl.h"

#include <string.h>

#define LOOK_EVERY_US 1000000

#define AT(member) offsetof(GatewaySettings, member)

static const SettingRow rows[] = {
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .required = true,
     .help = "the partner's domains whose mail the gateway opens; never ours"},
    {.name = "certificate",
     .type = SETTING_PATH,
     .offset = AT(certificate),
     .required = true,
     .help = "file of the gateway's certificate, PEM or DER"},
    {0}};

const SettingsTable gateway_settings = {
    .block = "gateway",
    .named = true,
    .size_bytes = sizeof(GatewaySettings),
    .rows = rows,
    .help = "one certificate for all addresses of a partner, where somebody "
            "has none of his own",
};

typedef struct {
    Source source;
    const GatewaySettings *settings;
    GMutex lock;             /* of what follows */
    GPtrArray *certificates; /* GBytes * */
    GPtrArray *authorities;  /* GBytes * */
    char *seen;              /* the file as it was when it was read */
    gint64 looked_us;
    guint64 generation;
} GatewaySource;

/* --- reading ----------------------------------------------------------- */

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static GPtrArray *
new_list(void)
{
    return g_ptr_array_new_with_free_func(drop_bytes);
}

static char *
look_at_file(const GatewaySettings *settings)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_ptr_array_add(paths, settings->certificate);
    return folder_look(paths);
}

/* False, and nothing is changed, when the file holds nothing to use. */
static bool
read_file(GatewaySource *self, GError **error)
{
    const char *path = self->settings->certificate;
    g_autoptr(GPtrArray) all = certificate_load_file(path, error);
    if (all == NULL)
        return false;
    g_autoptr(GPtrArray) certificates = new_list();
    g_autoptr(GPtrArray) authorities = new_list();
    for (guint i = 0; i < all->len; i++) {
        const Certificate *each = g_ptr_array_index(all, i);
        bool ca = X509_check_ca(certificate_get_x509(each)) == 1;
        g_ptr_array_add(ca ? authorities : certificates,
                        g_bytes_ref(certificate_get_der(each)));
    }
    if (certificates->len == 0) {
        error_set(error, ERROR_CONFIG, "%s: holds CA certificates alone", path);
        return false;
    }
    g_clear_pointer(&self->certificates, g_ptr_array_unref);
    g_clear_pointer(&self->authorities, g_ptr_array_unref);
    self->certificates = g_steal_pointer(&certificates);
    self->authorities = g_steal_pointer(&authorities);
    return true;
}

/* Called with the lock held. */
static void
look_again(GatewaySource *self)
{
    gint64 now_us = clock_monotonic_us();
    if (now_us - self->looked_us < LOOK_EVERY_US)
        return;
    self->looked_us = now_us;
    char *seen = look_at_file(self->settings);
    if (strcmp(seen, self->seen) == 0) {
        g_free(seen);
        return;
    }
    g_free(self->seen);
    self->seen = seen;
    g_autoptr(GError) error = NULL;
    if (read_file(self, &error))
        self->generation++;
    else
        log_event(LOG_LEVEL_WARNING, "gateway", "gateway", self->source.name,
                  "problem", error->message, NULL);
}

/* --- asking ------------------------------------------------------------ */

static guint64
get_generation(Source *source)
{
    GatewaySource *self = (GatewaySource *)(gpointer)source;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    (void)locker;
    look_again(self);
    return self->generation;
}

/* Copies: a reference would be dropped outside the lock. */
static GBytes *
copy(const GPtrArray *list, guint index)
{
    gsize size = 0;
    gconstpointer bytes =
        g_bytes_get_data(g_ptr_array_index(list, index), &size);
    return g_bytes_new(bytes, size);
}

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    GatewaySource *self = (GatewaySource *)(gpointer)source;
    (void)addresses; /* it is everybody's of its domains */
    (void)deadline_us;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    (void)locker;
    look_again(self);
    for (guint i = 0; i < count; i++) {
        source_answer_set(&answers[i], SOURCE_ANSWERED, NULL);
        for (guint k = 0; k < self->certificates->len; k++)
            g_ptr_array_add(
                answers[i].values,
                source_value_new(copy(self->certificates, k), NULL));
        for (guint k = 0; k < self->authorities->len; k++)
            g_ptr_array_add(answers[i].chain, copy(self->authorities, k));
    }
}

static void
destroy(Source *source)
{
    GatewaySource *self = (GatewaySource *)(gpointer)source;
    g_ptr_array_unref(self->certificates);
    g_ptr_array_unref(self->authorities);
    g_mutex_clear(&self->lock);
    g_free(self->seen);
    g_free(self);
}

static void
check_domains(const GatewaySettings *settings, Problems *problems)
{
    for (char **each = settings->domains; *each != NULL; each++)
        if (strchr(*each, '@') != NULL || !mailbox_check_pattern(*each))
            problems_add(problems, &settings->head.at,
                         "gateway %s: domains: \"%s\" is no domain",
                         settings->head.name, *each);
}

Source *
source_gateway_new(const void *filled, Problems *problems)
{
    const GatewaySettings *settings = filled;
    GatewaySource *self = g_new0(GatewaySource, 1);
    self->settings = settings;
    self->source = (Source){.name = settings->head.name,
                            .domains = settings->domains,
                            .at = settings->head.at,
                            .local = true,
                            .gateway = true,
                            .get_generation = get_generation,
                            .find = find,
                            .destroy = destroy};
    g_mutex_init(&self->lock);
    self->certificates = new_list();
    self->authorities = new_list();
    check_domains(settings, problems);
    g_autoptr(GError) error = NULL;
    self->seen = look_at_file(settings);
    self->looked_us = clock_monotonic_us();
    if (!read_file(self, &error))
        problems_add(problems, &settings->head.at, "gateway %s: %s",
                     settings->head.name, error->message);
    return &self->source;
}
