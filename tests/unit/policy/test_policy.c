/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/policy.h"

#include "manual.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* A policy like the sample's. */
static const char example[] =
    "list reading-providers = .gmail.com, .googlemail.com, .outlook.com, "
    ".yahoo.fr   # leading dot: the domain and all below\n"
    "list lawyers = avocat@cabinet.example\n"
    "\n"
    "label confidentiel level 2\n"
    "  when header \"Sensitivity\" is \"company-confidential\"\n"
    "    or any subject has word \"confidentiel\", \"confidential\", "
    "\"confidentiels\"\n"
    "\n"
    "label dr level 3 when any subject has word \"diffusion restreinte\"\n"
    "\n"
    "rule inside\n"
    "  when recipient is inside and not labelled\n"
    "  then accept\n"
    "\n"
    "rule machines\n"
    "  when kind is receipt, bounce, calendar, list and not labelled\n"
    "  then accept\n"
    "\n"
    "rule no-confidential-to-reading-providers\n"
    "  when labelled confidentiel and recipient in reading-providers\n"
    "  then refuse fr \"Un message confidentiel ne peut partir vers ce "
    "fournisseur.\"\n"
    "              en \"Confidential mail must not go to this provider.\"\n"
    "\n"
    "rule confidential\n"
    "  when labelled confidentiel\n"
    "  then encrypt required, sign required, on directory-down defer\n"
    "\n"
    "rule lawyers\n"
    "  when recipient in lawyers\n"
    "  then encrypt required, sign required\n"
    "\n"
    "rule outgoing\n"
    "  when recipient is outside\n"
    "  then encrypt if-possible, sign if-possible\n";

static PolicyDecision *
decide(const PolicyFacts *facts)
{
    g_autoptr(Policy) policy = given_policy(example);
    PolicyDecision *decision = policy_evaluate(policy, facts, 0);
    /* Its texts are the policy's, which goes. */
    decision->label = decision->label != NULL ? "some" : NULL;
    memset(decision->by, 0, sizeof decision->by);
    return decision;
}

static void
ordinary_mail_is_protected_if_possible(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = decide(facts);
    assert_int_equal(decision->verdict, VERDICT_DELIVER);
    assert_int_equal(decision->encrypt, ENCRYPT_IF_POSSIBLE);
    assert_int_equal(decision->sign, SIGN_IF_POSSIBLE);
    assert_null(decision->label);
}

static void
a_label_demands_encryption(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "RE: [CONFIDENTIEL] offre");
    g_autoptr(PolicyDecision) decision = decide(facts);
    assert_int_equal(decision->verdict, VERDICT_DELIVER);
    assert_int_equal(decision->encrypt, ENCRYPT_REQUIRED);
    assert_int_equal(decision->sign, SIGN_REQUIRED);
    assert_int_equal(decision->on[CLASS_DIRECTORY_DOWN], ON_DEFER);
    assert_int_equal(decision->level, 2);
}

static void
an_inner_subject_counts(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->inner_subject, "Confidential");
    g_autoptr(PolicyDecision) decision = decide(facts);
    assert_int_equal(decision->encrypt, ENCRYPT_REQUIRED);
}

static void
a_confidential_mail_is_refused_to_a_provider(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    PolicyRecipient *recipient = g_ptr_array_index(facts->recipients, 0);
    g_free(recipient->address);
    recipient->address = g_strdup("carol@gmail.com");
    g_ptr_array_add(
        facts->fields,
        policy_field_new("sensitivity", "Company-Confidential", false));
    g_autoptr(Policy) policy = given_policy(example);
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->verdict, VERDICT_REFUSE);
    assert_string_equal(decision->text_en,
                        "Confidential mail must not go to this provider.");
    assert_string_equal(decision->by[ASPECT_VERDICT].rule,
                        "no-confidential-to-reading-providers");
    assert_int_equal(decision->by[ASPECT_VERDICT].at.line, 19);
    assert_string_equal(decision->label, "confidentiel");
}

static void
colleagues_are_let_alone_unless_labelled(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    PolicyRecipient *recipient = g_ptr_array_index(facts->recipients, 0);
    recipient->inside = TRUTH_TRUE;
    g_autoptr(PolicyDecision) plain = decide(facts);
    assert_int_equal(plain->encrypt, ENCRYPT_NEVER);
    assert_int_equal(plain->sign, SIGN_NEVER);
    given_texts(&facts->subject, "Diffusion\t restreinte");
    g_autoptr(PolicyDecision) labelled = decide(facts);
    assert_int_equal(labelled->level, 3);
}

static void
before_the_body_nothing_is_decided(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    facts->kinds = 0;
    facts->size_known = false;
    facts->inner_incomplete = facts->inner_subject.incomplete = true;
    facts->is_signed = facts->is_encrypted = TRUTH_UNKNOWN;
    g_autoptr(PolicyDecision) decision = decide(facts);
    assert_int_equal(decision->verdict, VERDICT_UNDECIDED);
    assert_non_null(strstr(decision->undecided, "kind is receipt"));
    assert_non_null(strstr(decision->undecided, "bob@partner.example"));
    assert_int_equal(decision->encrypt, ENCRYPT_NEVER);
}

static void
only_facts_of_the_body_need_it(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(example);
    assert_true(policy_needs_body(policy));
    g_autoptr(Policy) early = given_policy(
        "rule r when subject has \"x\" and recipient is outside then accept");
    assert_false(policy_needs_body(early));
    g_autoptr(Policy) unused = given_policy("label l when encrypted");
    assert_true(policy_needs_body(unused));
}

/* What the manual prints must work as printed. */
static void
the_manuals_example_has_no_mistake(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    const char *start = strstr(manual, "\npolicy 1\n");
    const char *end = start != NULL ? strstr(start, "\n.Ed") : NULL;
    assert_non_null(end);
    g_autofree char *example_text =
        g_strndup(start + 1, (gsize)(end - start - 1));
    g_autofree char *lines = given_mistakes(example_text);
    assert_string_equal(lines, "");
}

/* --- files ------------------------------------------------------------- */

static void
write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *
load_hash(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "policy", NULL);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy = policy_load(path, problems);
    assert_int_equal(problems_count(problems), 0);
    assert_int_equal(strlen(policy_get_hash(policy)), 64);
    return g_strdup(policy_get_hash(policy));
}

static void
the_hash_follows_policy_and_lists(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("policy-XXXXXX", NULL);
    write_file(folder, "policy",
               "policy 1\nlist l from \"list\"\nrule r when recipient in l "
               "then encrypt required");
    write_file(folder, "list", "a@example.fr\n");
    g_autofree char *first = load_hash(folder);
    g_autofree char *again = load_hash(folder);
    assert_string_equal(first, again);
    write_file(folder, "list", "b@example.fr\n");
    g_autofree char *other = load_hash(folder);
    assert_string_not_equal(first, other);
    g_autofree char *remove =
        g_strdup_printf("%s/policy %s/list", folder, folder);
    g_auto(GStrv) paths = g_strsplit(remove, " ", -1);
    for (char **path = paths; *path != NULL; path++)
        assert_int_equal(g_unlink(*path), 0);
    assert_int_equal(g_rmdir(folder), 0);
}

static void
a_missing_policy_is_told(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nonexistent/policy", "/dev/zero",
                                        "/"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Policy) policy = policy_load(paths[i], problems);
        assert_non_null(policy);
        assert_int_equal(problems_count(problems), 1);
        assert_non_null(strstr(problems_get(problems, 0), "cannot read"));
    }
}

static void
a_huge_policy_is_refused(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("policy 1\n");
    while (text->len <= 1024 * 1024)
        g_string_append(text, "# more and more and more\n");
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy =
        policy_parse("policy", text->str, text->len, problems);
    assert_non_null(policy);
    assert_true(problems_count(problems) > 0);
    assert_non_null(strstr(problems_get(problems, 0), "1 MiB"));
}

static void
facts_are_born_unknown(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = policy_facts_new();
    assert_int_equal(facts->submitted, TRUTH_UNKNOWN);
    assert_int_equal(facts->is_signed, TRUTH_UNKNOWN);
    assert_int_equal(facts->is_encrypted, TRUTH_UNKNOWN);
    assert_int_equal(facts->kinds, 0);
    assert_true(facts->now_s > 0);
    policy_facts_free(NULL);
    policy_decision_free(NULL);
    policy_free(NULL);
}

static void
every_class_has_its_word(void **state)
{
    (void)state;
    assert_string_equal(policy_class_get_name(CLASS_NONE), "none");
    assert_string_equal(policy_class_get_name(CLASS_DIRECTORY_DOWN),
                        "directory-down");
    assert_string_equal(policy_class_get_name(CLASS_CLOCK), "clock");
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        assert_true(*policy_class_get_name((PolicyClass)i) != '\0');
    assert_string_equal(policy_class_get_name(CLASS_COUNT), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_mail_is_protected_if_possible),
        cmocka_unit_test(a_label_demands_encryption),
        cmocka_unit_test(an_inner_subject_counts),
        cmocka_unit_test(a_confidential_mail_is_refused_to_a_provider),
        cmocka_unit_test(colleagues_are_let_alone_unless_labelled),
        cmocka_unit_test(before_the_body_nothing_is_decided),
        cmocka_unit_test(only_facts_of_the_body_need_it),
        cmocka_unit_test(the_manuals_example_has_no_mistake),
        cmocka_unit_test(the_hash_follows_policy_and_lists),
        cmocka_unit_test(a_missing_policy_is_told),
        cmocka_unit_test(a_huge_policy_is_refused),
        cmocka_unit_test(facts_are_born_unknown),
        cmocka_unit_test(every_class_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
