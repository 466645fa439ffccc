/* SPDX-License-Identifier: BSD-2-Clause */
/* Delimiter: whether a line is one of a multipart, and for whom. */
#include "mime/delimiter.h"

#include <string.h>

Delimiter
delimiter_read(const char *kept, gsize kept_bytes, guint64 length,
               const char *boundary, bool *plain)
{
    gsize size = strlen(boundary);
    *plain = true;
    if (kept_bytes < size + 2 || memcmp(kept, "--", 2) != 0 ||
        memcmp(kept + 2, boundary, size) != 0)
        return DELIMITER_NO;
    const char *rest = kept + 2 + size;
    gsize left = kept_bytes - 2 - size;
    bool close = left >= 2 && rest[0] == '-' && rest[1] == '-';
    if (close) {
        rest += 2;
        left -= 2;
    }
    *plain = left == 0;
    for (gsize i = 0; i < left; i++)
        if (rest[i] != ' ' && rest[i] != '\t')
            return DELIMITER_LIKE;
    if (length > kept_bytes)
        return DELIMITER_LIKE;
    return close ? DELIMITER_CLOSE : DELIMITER_NEXT;
}
