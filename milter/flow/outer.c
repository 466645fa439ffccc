/* SPDX-License-Identifier: BSD-2-Clause */
/* Outer: the header that stands outside a copy. */
#include "flow/outer.h"

#include "mime/decode.h"
#include "mime/entity.h"
#include "mime/protect.h"
#include "mime/words2047.h"

#include <string.h>
#include <time.h>

/* --- which fields ------------------------------------------------------ */

static bool
is_named(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* RFC 5322 3.6.3: blind copies are nobody else's business. */
static bool
is_blind(const char *name)
{
    static const char *const names[] = {"Bcc", "Resent-Bcc", NULL};
    return is_named(name, names);
}

/* What repeats a subject, or tells as much. */
static bool
is_telling(const char *name)
{
    static const char *const names[] = {"Keywords", "Comments", "Thread-Topic",
                                        "Thread-Index", NULL};
    return is_named(name, names);
}

static bool
is_subject(const char *name)
{
    return g_ascii_strcasecmp(name, "Subject") == 0;
}

bool
outer_has_blind(const Message *message)
{
    for (unsigned i = 0; i < message_count_fields(message); i++)
        if (is_blind(message_get_field(message, i)->name))
            return true;
    return false;
}

/* --- DKIM -------------------------------------------------------------- */

/* The domain that signed: tag d= (RFC 6376 3.5). NULL: none. */
static char *
find_signing_domain(const char *value)
{
    g_auto(GStrv) tags = g_strsplit(value, ";", 64);
    for (char **tag = tags; *tag != NULL; tag++) {
        g_strstrip(*tag);
        const char *equal = strchr(*tag, '=');
        if (equal == NULL)
            continue;
        g_autofree char *name = g_strndup(*tag, (gsize)(equal - *tag));
        if (strcmp(g_strstrip(name), "d") == 0)
            return g_strstrip(g_strdup(equal + 1));
    }
    return NULL;
}

static bool
is_own_dkim(const Setup *setup, const Field *field)
{
    if (g_ascii_strcasecmp(field->name, "DKIM-Signature") != 0)
        return false;
    g_autofree char *domain = find_signing_domain(field->value);
    g_autofree char *address =
        domain != NULL ? g_strconcat("dkim@", domain, NULL) : NULL;
    return address != NULL && setup_check_inside(setup, address) == TRUTH_TRUE;
}

bool
outer_has_own_dkim(const OuterSource *source)
{
    for (unsigned i = 0; i < message_count_fields(source->message); i++)
        if (is_own_dkim(source->setup, message_get_field(source->message, i)))
            return true;
    return false;
}

/* --- one field --------------------------------------------------------- */

/* The subject without its tags; NULL: it has none. */
static char *
strip_subject(const OuterSource *source, const char *value)
{
    bool undecodable = false;
    g_autofree char *text = decode_text(value, &undecodable);
    g_autofree char *left =
        undecodable ? NULL : policy_strip_tags(source->setup->policy, text);
    return left != NULL ? words2047_encode(left) : NULL;
}

/* The first one says it; any other would still tell. */
static void
replace_subject(OuterField *made, const Form *form, bool first)
{
    g_clear_pointer(&made->value, g_free);
    if (first)
        made->value = words2047_encode(form->subject_is);
    made->changed = made->hidden = true;
}

static void
change_subject(OuterField *made, const OuterSource *source, const Form *form,
               bool first)
{
    if (form->subject == WANT_SUBJECT_REPLACED) {
        replace_subject(made, form, first);
        return;
    }
    char *stripped = form->subject == WANT_SUBJECT_WITHOUT_TAG
                         ? strip_subject(source, made->field->value)
                         : NULL;
    if (stripped == NULL)
        return;
    g_free(made->value);
    made->value = stripped;
    made->changed = true;
}

static bool
goes(const OuterSource *source, const Field *field)
{
    return entity_is_mime_field(field->name) ||
           (source->setup->general->dkim == DKIM_REMOVE &&
            is_own_dkim(source->setup, field));
}

static void
free_field(gpointer pointer)
{
    OuterField *field = pointer;
    g_free(field->value);
    g_free(field);
}

static OuterField *
make_field(const OuterSource *source, const Field *field, bool sealed,
           const Form *form, bool first_subject)
{
    OuterField *made = g_new0(OuterField, 1);
    made->field = field;
    made->hidden =
        form->subject == WANT_SUBJECT_REPLACED && is_telling(field->name);
    if (made->hidden || is_blind(field->name) ||
        (sealed && goes(source, field)))
        return made;
    made->value = g_strdup(field->value);
    if (sealed && is_subject(field->name))
        change_subject(made, source, form, first_subject);
    return made;
}

/* --- life -------------------------------------------------------------- */

static void
drop_field(gpointer field)
{
    field_free(field);
}

Outer *
outer_new(const OuterSource *source, bool sealed, const Form *form)
{
    Outer *outer = g_new0(Outer, 1);
    outer->fields = g_ptr_array_new_with_free_func(free_field);
    outer->added = g_ptr_array_new_with_free_func(drop_field);
    bool first_subject = true;
    for (unsigned i = 0; i < message_count_fields(source->message); i++) {
        const Field *field = message_get_field(source->message, i);
        g_ptr_array_add(outer->fields,
                        make_field(source, field, sealed, form, first_subject));
        if (is_subject(field->name))
            first_subject = false;
    }
    if (sealed && source->date != NULL)
        g_ptr_array_add(outer->added, field_new("Date", source->date));
    return outer;
}

void
outer_free(Outer *outer)
{
    if (outer == NULL)
        return;
    g_ptr_array_unref(outer->fields);
    g_ptr_array_unref(outer->added);
    g_free(outer);
}

/* --- looking ----------------------------------------------------------- */

bool
outer_is_changed(const Outer *outer)
{
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        if (field->value == NULL || field->changed)
            return true;
    }
    return outer->added->len > 0;
}

static void
add_protected(GPtrArray *list, const char *name, const char *inner,
              const char *outside)
{
    ProtectField *field = g_new0(ProtectField, 1);
    field->name = name;
    field->inner = inner;
    field->outer = outside;
    g_ptr_array_add(list, field);
}

GPtrArray *
outer_list_protected(const Outer *outer)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        const char *inner = field->hidden ? field->field->value : field->value;
        if (inner != NULL && protect_is_carried(field->field->name))
            add_protected(list, field->field->name, inner, field->value);
    }
    for (guint i = 0; i < outer->added->len; i++) {
        const Field *field = g_ptr_array_index(outer->added, i);
        add_protected(list, field->name, field->value, field->value);
    }
    return list;
}

static void
show(GString *text, const OuterField *hidden)
{
    bool undecodable = false;
    g_autofree char *value = decode_text(hidden->field->value, &undecodable);
    g_strdelimit(g_strstrip(value), "\r\n", ' ');
    g_string_append_printf(text, "%s: %s\n", hidden->field->name, value);
}

char *
outer_make_display(const Outer *outer)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int telling = 0; telling < 2; telling++)
        for (guint i = 0; i < outer->fields->len; i++) {
            const OuterField *field = g_ptr_array_index(outer->fields, i);
            const char *name = field->field->name;
            bool machine = g_ascii_strncasecmp(name, "Thread-", 7) == 0;
            bool mine = telling == 0 ? is_subject(name) : is_telling(name);
            if (field->hidden && mine && !machine)
                show(text, field);
        }
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

guint64
outer_get_size(const Outer *outer)
{
    guint64 size = 0;
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        if (field->value != NULL)
            size += strlen(field->field->name) + strlen(field->value) + 3;
    }
    for (guint i = 0; i < outer->added->len; i++) {
        const Field *field = g_ptr_array_index(outer->added, i);
        size += strlen(field->name) + strlen(field->value) + 3;
    }
    return size;
}

char *
outer_format_date(gint64 now_s)
{
    /* Not strftime(), which speaks the locale's language. */
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
                                   "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)now_s;
    struct tm tm;
    gmtime_r(&now, &tm);
    return g_strdup_printf(" %s, %d %s %d %02d:%02d:%02d +0000",
                           days[tm.tm_wday % 7], tm.tm_mday,
                           months[tm.tm_mon % 12], tm.tm_year + 1900,
                           tm.tm_hour, tm.tm_min, tm.tm_sec);
}
