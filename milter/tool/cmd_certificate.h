/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau certificate: what its actions share. */
#ifndef SCEAU_TOOL_CMD_CERTIFICATE_H
#define SCEAU_TOOL_CMD_CERTIFICATE_H

#include "certs/choose.h"
#include "certs/finder.h"
#include "certs/source_files.h"
#include "tool/command.h"

/* One certificate, and where it lies. All borrowed. */
typedef struct {
    const char *place; /* the folder's or gateway's name; "signing" for a
                        * key's */
    const char *path;  /* NULL for a key's */
    guint count;       /* how many certificates are in that file */
    const Certificate *certificate;
    const CertCandidate *verdict; /* NULL: not judged */
} CertificateItem;

/* What an action works on. */
typedef struct {
    const Setup *setup;
    const Options *options;
    Json *json; /* NULL: text; an array is open */
    guint shown;
} CertificateSheet;

void cmd_certificate_show(CertificateSheet *sheet, const CertificateItem *item);

typedef void (*CertificateVisit)(CertificateSheet *sheet,
                                 const CertificateItem *item, gpointer data);

/* Every certificate in every folder; what cannot be read is told. */
void cmd_certificate_visit(CertificateSheet *sheet, CertificateVisit visit,
                           gpointer data);

/* The actions that change a folder. */
CommandStatus cmd_certificate_add(CertificateSheet *sheet);
CommandStatus cmd_certificate_remove(CertificateSheet *sheet);

/* "forget ADDRESS..." needs the state file alone. */
CommandStatus cmd_certificate_forget(const char *config,
                                     const Options *options);

#endif
