/* The program: commands, roles, and how they are wired together. */
#ifndef APP_APP_H
#define APP_APP_H

/* Returns an exit code of sysexits.h. */
int app_main(int argc, char **argv);

#endif
