/* SPDX-License-Identifier: BSD-2-Clause */
/* Words: what senders and administrators read about each class. */
#include "flow/words.h"

typedef struct {
    const char *english;
    const char *french;
    bool about_encryption; /* "must be encrypted" explains it */
} WordsRow;

static const WordsRow rows[CLASS_COUNT] = {
    [CLASS_NONE] = {"no certificate was found",
                    "aucun certificat n'a été trouvé", true},
    [CLASS_UNUSABLE] = {"no usable certificate was found",
                        "aucun certificat utilisable n'a été trouvé", true},
    [CLASS_REVOKED] = {"the certificate is revoked",
                       "le certificat est révoqué", true},
    [CLASS_ON_HOLD] = {"the certificate is on hold",
                       "le certificat est suspendu", true},
    [CLASS_REVOCATION_UNKNOWN] =
        {"it is not known whether the certificate is revoked, please try "
         "again later",
         "l'état de révocation du certificat est inconnu, veuillez réessayer "
         "plus tard",
         false},
    [CLASS_LOST] = {"the certificate used before has disappeared",
                    "le certificat utilisé auparavant a disparu", false},
    [CLASS_AMBIGUOUS] = {"two directory entries own this address",
                         "deux entrées de l'annuaire portent cette adresse",
                         false},
    [CLASS_DIRECTORY_DOWN] =
        {"the directory could not be asked, please try again later",
         "l'annuaire n'a pas pu répondre, veuillez réessayer plus tard", false},
    [CLASS_ALREADY_PROTECTED] = {"protected by the sender already",
                                 "déjà protégé par l'expéditeur", false},
    [CLASS_ENCRYPTED_FOR] = {"encrypted by the sender already",
                             "déjà chiffré par l'expéditeur", false},
    [CLASS_ENCRYPTED_NOT_FOR] =
        {"the message is encrypted, but not for this recipient",
         "le message est chiffré, mais pas pour ce destinataire", true},
    [CLASS_NOT_ALLOWED] =
        {"the message may not be signed as this sender",
         "le message ne peut pas être signé au nom de cet expéditeur", false},
    [CLASS_KEY_UNUSABLE] = {"there is no usable signing key for this sender",
                            "aucune clé de signature utilisable pour cet "
                            "expéditeur",
                            false},
    [CLASS_KEY_AWAY] =
        {"the signing key is not available, please try again later",
         "la clé de signature est indisponible, veuillez réessayer plus tard",
         false},
    [CLASS_UNREPRESENTABLE] = {"the message cannot be represented in S/MIME",
                               "le message ne peut pas être représenté en "
                               "S/MIME",
                               false},
    [CLASS_CLOCK] =
        {"the gateway's clock is not plausible, please try again later",
         "l'horloge de la passerelle n'est pas plausible, veuillez réessayer "
         "plus tard",
         false},
};

char *
words_make(PolicyClass class, bool required, const char *detail,
           WordsLanguage language)
{
    bool english = language == WORDS_ENGLISH;
    const WordsRow *row = &rows[class];
    GString *text = g_string_new(english ? row->english : row->french);
    if (detail != NULL && *detail != '\0')
        g_string_append_printf(text, " (%s)", detail);
    if (required && row->about_encryption)
        g_string_append(text, english ? "; this message must be encrypted"
                                      : " ; ce message doit être chiffré");
    return g_string_free(text, FALSE);
}

const char *
words_by_sender(WordsLanguage language)
{
    return language == WORDS_ENGLISH
               ? "this message must be encrypted by its sender"
               : "ce message doit être chiffré par son expéditeur";
}

const char *
words_unreadable(WordsLanguage language)
{
    return language == WORDS_ENGLISH
               ? "the message cannot be read completely, so that it is not "
                 "known whether it may leave (broken or very deep structure, "
                 "or an unknown character set)"
               : "le message ne peut pas être lu entièrement ; impossible de "
                 "savoir s'il peut partir (structure abîmée ou très profonde, "
                 "ou jeu de caractères inconnu)";
}
