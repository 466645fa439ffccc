/* SPDX-License-Identifier: BSD-2-Clause */
/* Scan's parts: what the header of one says of its content. */
#include "mime/scan_parts.h"

#include <string.h>

bool
scan_part_describe(ScanPart *part, const char *raw_type,
                   const char *raw_encoding, const char *default_type)
{
    const PartNature nature =
        parameters_read(raw_type, raw_encoding, default_type);
    part->type = nature.type;
    part->boundary = nature.boundary;
    part->encoding = nature.encoding;
    part->doubtful = nature.doubtful;
    part->is_container = nature.boundary != NULL;
    if (part->encoding == ENCODING_8BIT)
        part->faults |= FAULT_8BIT_LABEL;
    return !nature.malformed;
}

void
scan_part_note_name(ScanPart *part, const char *raw_type,
                    const char *raw_disposition)
{
    part->named_message =
        !part->is_container && (parameters_has_suffix(raw_type, ".eml") ||
                                parameters_has_suffix(raw_disposition, ".eml"));
    part->named_cms = strcmp(part->type, "application/octet-stream") == 0 &&
                      (parameters_has_suffix(raw_type, ".p7m") ||
                       parameters_has_suffix(raw_disposition, ".p7m"));
    if (part->named_message && part->encoding == ENCODING_UNKNOWN)
        part->doubtful = true;
}

bool
scan_part_is_message(const ScanPart *part)
{
    return parameters_is_message(part->type) &&
           (part->encoding == ENCODING_7BIT || part->encoding == ENCODING_8BIT);
}
