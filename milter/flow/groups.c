/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups: who is treated alike gets one copy. Pure. */
#include "flow/groups.h"

#include "base/mailbox.h"

#include <string.h>

static void
group_free(gpointer pointer)
{
    PlanGroup *group = pointer;
    g_array_unref(group->recipients);
    g_ptr_array_unref(group->certificates);
    g_free(group);
}

GPtrArray *
groups_new(void)
{
    return g_ptr_array_new_with_free_func(group_free);
}

static void
add_certificate(GPtrArray *certificates, Certificate *certificate)
{
    const char *sha256 = certificate_get_sha256(certificate);
    for (guint i = 0; i < certificates->len; i++)
        if (strcmp(certificate_get_sha256(g_ptr_array_index(certificates, i)),
                   sha256) == 0)
            return;
    g_ptr_array_add(certificates, certificate);
}

static bool
belongs(const PlanGroup *group, const PlanLine *line, KeyFamily family)
{
    return group->treatment == line->treatment &&
           form_is_equal(&group->form, &line->form) &&
           (!plan_encrypts(line->treatment) || group->family == family);
}

/* A group for one Bcc only takes his mailbox in another spelling. */
static bool
may_join(const PlanGroup *group, const PlanRecipient *all, bool alone,
         unsigned index)
{
    unsigned first = g_array_index(group->recipients, unsigned, 0);
    if (!alone || !group->alone)
        return alone == group->alone;
    g_autofree char *left = mailbox_fold(all[first].address);
    g_autofree char *right = mailbox_fold(all[index].address);
    return strcmp(left, right) == 0;
}

/* An encrypted Bcc is alone: RecipientInfos name their readers. Copies of one
 * RSA and EC reader are apart: older readers cannot open a mixed one. */
static void
place(GPtrArray *groups, const PlanLine *line, const PlanRecipient *recipients,
      bool alone, unsigned index)
{
    KeyFamily family = line->certificate != NULL
                           ? certificate_get_key_family(line->certificate)
                           : KEY_OTHER;
    PlanGroup *group = NULL;
    for (guint i = 0; group == NULL && i < groups->len; i++) {
        PlanGroup *other = g_ptr_array_index(groups, i);
        if (may_join(other, recipients, alone, index) &&
            belongs(other, line, family))
            group = other;
    }
    if (group == NULL) {
        group = g_new0(PlanGroup, 1);
        group->treatment = line->treatment;
        group->form = line->form;
        group->family = family;
        group->alone = alone;
        group->recipients = g_array_new(FALSE, FALSE, sizeof(unsigned));
        group->certificates = g_ptr_array_new();
        g_ptr_array_add(groups, group);
    }
    g_array_append_val(group->recipients, index);
    if (plan_encrypts(line->treatment))
        add_certificate(group->certificates, line->certificate);
    const GPtrArray *devices =
        plan_encrypts(line->treatment) ? line->devices : NULL;
    for (guint i = 0; devices != NULL && i < devices->len; i++)
        add_certificate(group->certificates, g_ptr_array_index(devices, i));
}

static int
compare_groups(gconstpointer a, gconstpointer b)
{
    const PlanGroup *left = *(PlanGroup *const *)a;
    const PlanGroup *right = *(PlanGroup *const *)b;
    if (left->treatment != right->treatment)
        return left->treatment > right->treatment ? -1 : 1;
    if (left->alone != right->alone)
        return left->alone ? 1 : -1;
    if (left->recipients->len != right->recipients->len)
        return left->recipients->len > right->recipients->len ? -1 : 1;
    unsigned first = g_array_index(left->recipients, unsigned, 0);
    return first < g_array_index(right->recipients, unsigned, 0) ? -1 : 1;
}

void
groups_make(Plan *plan, const PlanRecipient *recipients)
{
    for (unsigned i = 0; i < plan->line_count; i++) {
        const PlanLine *line = &plan->lines[i];
        if (line->treatment >= TREAT_UNTOUCHED)
            place(plan->groups, line, recipients,
                  recipients[i].bcc && plan_encrypts(line->treatment), i);
    }
    /* The first, most protected one is done in place. */
    g_ptr_array_sort(plan->groups, compare_groups);
}
