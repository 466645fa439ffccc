/* SPDX-License-Identifier: BSD-2-Clause */
/* Terms: the words the tool shows for what policy and plan came to. */
#include "tool/terms.h"

const char *
terms_get_encrypt(PolicyEncrypt encrypt)
{
    switch (encrypt) {
    case ENCRYPT_NEVER:
        return "never";
    case ENCRYPT_IF_POSSIBLE:
        return "if-possible";
    case ENCRYPT_BY_SENDER:
        return "by-sender";
    case ENCRYPT_REQUIRED:
        return "required";
    }
    return "?";
}

const char *
terms_get_sign(PolicySign sign)
{
    switch (sign) {
    case SIGN_NEVER:
        return "never";
    case SIGN_IF_POSSIBLE:
        return "if-possible";
    case SIGN_REQUIRED:
        return "required";
    }
    return "?";
}

const char *
terms_get_verdict(PolicyVerdict verdict)
{
    switch (verdict) {
    case VERDICT_DELIVER:
        return "deliver";
    case VERDICT_DEFER:
        return "defer";
    case VERDICT_REFUSE:
        return "refuse";
    case VERDICT_UNDECIDED:
        return "undecided";
    }
    return "?";
}

const char *
terms_get_treatment(PlanTreatment treatment)
{
    switch (treatment) {
    case TREAT_REFUSE:
        return "refuse";
    case TREAT_LATER:
        return "later";
    case TREAT_SENT:
        return "already-sent";
    case TREAT_UNTOUCHED:
        return "untouched";
    case TREAT_SIGN:
        return "sign";
    case TREAT_ENCRYPT:
        return "encrypt";
    case TREAT_SIGN_ENCRYPT:
        return "sign+encrypt";
    }
    return "?";
}

const char *
terms_get_right(RightClass class)
{
    switch (class) {
    case RIGHT_NOT_SUBMITTED:
        return "not-submitted";
    case RIGHT_ALLOWED:
        return "allowed";
    case RIGHT_NOT_ALLOWED:
        return "not-allowed";
    case RIGHT_UNKNOWN:
        return "unknown";
    }
    return "?";
}
