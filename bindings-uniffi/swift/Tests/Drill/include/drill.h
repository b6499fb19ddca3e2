// Makes the core panic, and a name server silent, on purpose, in a test.
#ifndef DRILL_H
#define DRILL_H

/// The crossings that can be told to break off.
enum drill_crossing { DRILL_BEGIN, DRILL_ADVANCE, DRILL_PENDING, DRILL_SEEN, DRILL_NEXT, DRILL_VERIFY, DRILL_SAME };

/// The crossing panics when it is made the next time but `after`; a negative number: never.
void drill_panics(enum drill_crossing crossing, int after);

/// While it is stuck, the name `stuck.invalid` is looked up without end; then it is this machine's.
void drill_name_stuck(int is);

#endif
