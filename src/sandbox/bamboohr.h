/* BambooHR's calls, by the files that they stand in. */
#ifndef SANDBOX_BAMBOOHR_H
#define SANDBOX_BAMBOOHR_H

#include <stdbool.h>

struct exchange;

/* The older calls answer in XML unless asked not to; sets the type so. */
bool bamboohr_wants_json(struct exchange *x);

/* False, and refused: the sandbox has this one in JSON only. */
bool bamboohr_has_json_only(struct exchange *x);

/* bamboohr_hooks.c: /api/v1/webhooks */
void bamboohr_hooks_list(struct exchange *x);
void bamboohr_hooks_add(struct exchange *x);
void bamboohr_hooks_get(struct exchange *x);
void bamboohr_hooks_replace(struct exchange *x);
void bamboohr_hooks_remove(struct exchange *x);
void bamboohr_hooks_fields(struct exchange *x);
void bamboohr_hooks_log(struct exchange *x);
void bamboohr_hooks_post_fields(struct exchange *x);

/* bamboohr_dataset.c */
void bamboohr_datasets(struct exchange *x);
void bamboohr_dataset_fields(struct exchange *x);
void bamboohr_dataset_data(struct exchange *x);

/* bamboohr_report.c */
void bamboohr_report(struct exchange *x);

/* bamboohr_tables.c: tables of people, and lists of words */
void bamboohr_table(struct exchange *x);
void bamboohr_changed_table(struct exchange *x);
void bamboohr_meta_lists(struct exchange *x);
void bamboohr_meta_tables(struct exchange *x);
void bamboohr_meta_users(struct exchange *x);

#endif
