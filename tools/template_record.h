/* A template as a flat JSON object in readable words: for show, diff and --json. */
#ifndef TOOLS_TEMPLATE_RECORD_H
#define TOOLS_TEMPLATE_RECORD_H

#include <jansson.h>

#include "cepces/model.h"

/* ctl_template_record describes |t| in words. */
json_t *ctl_template_record(const cepces_template_t *t, apr_pool_t *p);

/* ctl_template_diff prints, a line a field, where |after| differs from |before|, and returns the
 * number of such fields. That |after| has no OID, or no higher revision, is no difference: applying
 * it would keep them. */
unsigned ctl_template_diff(const cepces_template_t *before, const cepces_template_t *after,
                           apr_pool_t *p);

#endif
