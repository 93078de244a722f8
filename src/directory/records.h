/* The rows of the directory as structs, and the statements that move them. */
#ifndef DIRECTORY_RECORDS_H
#define DIRECTORY_RECORDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "directory/directory.h"

#define CHANGE_KEY_SIZE 16 /* bytes of a change's id */

/* How a person stands to members. Stored. */
enum person_link {
	LINK_NONE,    /* known, and no member by right: departed */
	LINK_WAITING, /* for an email */
	LINK_REVIEW,  /* for somebody's decision */
	LINK_MEMBER,  /* is the member's current link */
	LINK_ALIAS,   /* was it before: an older id of the same person */
};

/* By whom a member was deactivated. Stored. */
enum member_ended { ENDED_NOT, ENDED_DEPARTED, ENDED_LEAVE, ENDED_BY_HAND };

enum task_kind {
	TASK_IDENTITY_REVIEW,
	TASK_EMAIL_TAKEN,
	TASK_LINK_OFFER,
	TASK_UNKNOWN_STATUS,
	TASK_PROTECTED_DEPARTURE,
	TASK_KIND_COUNT
};

/* A connection, by number. */
struct feed {
	int64_t key;
	int64_t organization; /* key of member_rules */
	struct directory_rules rules;
};

/* The newest that was applied of a person: what the next is held against. */
struct mark {
	int64_t version;
	enum change_source rank; /* R4: decides between equal versions */
	struct str change;	 /* CHANGE_KEY_SIZE bytes */
	enum person_status status;
	int64_t decision; /* the last about the person; 0: none */
};

struct person_row {
	struct str pid;
	enum person_link link;
	int64_t member;	  /* 0: none */
	struct mark mark; /* of LINK_MEMBER the member's row has it */
	struct str kept;  /* the newest change of who waits; as JSON */
};

struct member_row {
	int64_t key;
	struct str id;
	enum member_status status;
	unsigned roles;
	bool guarded; /* R9: a sync may not deactivate or adopt it */
	enum member_ended ended;
	int64_t feed; /* of the current link; 0: not linked */
	struct str pid;
	struct mark mark;	 /* of the current link */
	struct str wanted_email; /* R11: held, as another has it */
	struct field fields[PERSON_FIELD_COUNT];
	int64_t created_ms;
	int64_t changed_ms;
};

struct decision {
	int64_t feed;
	struct str pid;
	struct str change;
	enum apply_outcome outcome;
	int64_t version;
	int64_t effective_ms;
	int64_t at_ms;
	int64_t previous;
	struct str fields; /* JSON; empty: nothing changed */
};

struct task {
	enum task_kind kind;
	int64_t organization;
	int64_t feed;
	struct str pid;
	struct str word; /* what a status said */
	int64_t member;	 /* 0: none */
	int64_t other;
};

enum stmt {
	STMT_LAST_KEYS,
	STMT_LOAD,
	STMT_LOAD_BY_FEED,
	STMT_FIND_CONNECTION,
	STMT_ADD_RULES,
	STMT_GET_RULES,
	STMT_SET_RULES,
	STMT_ADD_FEED,
	STMT_FIND_MEMBERS,
	STMT_FIND_HOLDER,
	STMT_GET_MEMBER,
	STMT_LIST_MEMBERS,
	STMT_ADD_MEMBER,
	STMT_MARK_MEMBER,
	STMT_SET_MEMBER,
	STMT_SET_MEMBER_KEYS,
	STMT_SET_PERSON,
	STMT_ADD_DECISION,
	STMT_GET_DECISION,
	STMT_ADD_EMAIL_HISTORY,
	STMT_ADD_WAITING,
	STMT_END_WAITING,
	STMT_FIND_WAITING,
	STMT_ADD_TASK,
	STMT_END_TASK,
	STMT_COUNT
};

#define FREED_MAX 64 /* values that became free by one change */

/* R11: a value that somebody may wait for. */
struct freed {
	int64_t organization;
	enum person_field field;
	struct str value;
};

struct directory {
	struct db *db;
	struct db_stmt *stmts[STMT_COUNT];
	struct arena arena;    /* of one directory_apply */
	struct buf fields;     /* JSON of a decision */
	struct buf kept;       /* JSON of a change */
	struct buf subject;    /* of a task */
	int64_t last_decision; /* keys given so far */
	int64_t last_member;
	struct freed freed[FREED_MAX];
	size_t freed_count;
};

/* Statements of the table in statements.c. */
const char *directory_sql(enum stmt which);

/* Fill a statement's parameters in order. */
struct put {
	struct db_stmt *s;
	int at;
};

struct put put_start(struct directory *d, enum stmt which);
void put_int(struct put *p, int64_t n);
void put_key(struct put *p, int64_t key); /* 0: null */
void put_str(struct put *p, struct str text);
void put_text(struct put *p, struct str text); /* empty: null */
void put_bytes(struct put *p, struct str bytes);
void put_field(struct put *p, const struct field *f);

/* Read a row's columns in order. Texts are copied to the arena. */
struct take {
	const struct db_stmt *s;
	int at;
	struct arena *a;
	bool full; /* the arena was: what was read is not whole */
};

int64_t take_int(struct take *t);
struct str take_str(struct take *t); /* ptr NULL for null */
void take_member(struct take *t, struct member_row *m);

int take_check(const struct take *t, struct err *err) MUST_CHECK;

/* --------------------------------------------------------------- records */

struct loaded {
	struct feed feed;
	bool known; /* there is a row of the person */
	struct person_row person;
	bool has_member;
	struct member_row member;
};

/* *found false: this connection was never seen. */
int load_person(struct directory *d, const struct change *c, struct loaded *out,
		bool *found, struct err *err) MUST_CHECK;
int load_person_of_feed(struct directory *d, int64_t feed, struct str pid,
			struct loaded *out, bool *found,
			struct err *err) MUST_CHECK;

/* Make the rows that a connection's first change needs. */
int add_feed(struct directory *d, const struct change *c,
	     struct err *err) MUST_CHECK;

#define FOUND_MAX 4 /* more than two are as bad as two */

/* Members with this number or this email; an empty one finds nobody. */
int find_members(struct directory *d, int64_t organization, struct str number,
		 struct str email, struct member_row out[FOUND_MAX], size_t *n,
		 struct err *err) MUST_CHECK;

/*
 * Who has this email, but for the member except: an active one if there is
 * one, else one that no person is linked to, else any. *found false: nobody.
 */
int find_holder(struct directory *d, int64_t organization, struct str email,
		int64_t except, struct member_row *out, bool *found,
		struct err *err) MUST_CHECK;

/*
 * Where the keys of this transaction go on. They are counted here, as
 * INSERT … RETURNING would cost more than the rest of the statement.
 */
int read_last_keys(struct directory *d, struct err *err) MUST_CHECK;

/* Sets m->key. */
int add_member(struct directory *d, int64_t organization, struct member_row *m,
	       struct err *err) MUST_CHECK;

enum member_write {
	WRITE_MARK,   /* only what the next change is held against */
	WRITE_FIELDS, /* all that no index knows */
	WRITE_ALL
};

int set_member(struct directory *d, const struct member_row *m,
	       enum member_write how, struct err *err) MUST_CHECK;
int set_person(struct directory *d, int64_t feed, const struct person_row *p,
	       struct err *err) MUST_CHECK;

/* *id is its number. */
int add_decision(struct directory *d, const struct decision *x, int64_t *id,
		 struct err *err) MUST_CHECK;

/*
 * Was this change decided about, among the last most decisions about the
 * person?
 */
int was_decided(struct directory *d, const struct loaded *l, struct str change,
		int most, bool *out, struct err *err) MUST_CHECK;

int add_email_history(struct directory *d, int64_t member, struct str email,
		      int64_t until_ms, struct err *err) MUST_CHECK;

int add_waiting(struct directory *d, const struct freed *f, int64_t feed,
		struct str pid, int64_t since_ms, struct err *err) MUST_CHECK;
int end_waiting(struct directory *d, const struct freed *f, int64_t feed,
		struct str pid, struct err *err) MUST_CHECK;

struct waiter {
	int64_t feed;
	struct str pid;
};

#define WAITERS_MAX 8 /* woken by one value; the others stay */

/* The longest waiting first. */
int find_waiting(struct directory *d, const struct freed *f,
		 struct waiter out[WAITERS_MAX], size_t *n,
		 struct err *err) MUST_CHECK;

/* Open it, or count it once more; an ended one is opened again. */
int add_task(struct directory *d, const struct task *t, int64_t now_ms,
	     struct err *err) MUST_CHECK;
int end_task(struct directory *d, const struct task *t, int64_t now_ms,
	     struct err *err) MUST_CHECK;

#endif
