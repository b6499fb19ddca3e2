// Makes the core panic on purpose, in a test.
#ifndef DRILL_H
#define DRILL_H

/// The crossings that can be told to break off.
enum drill_crossing { DRILL_BEGIN, DRILL_ADVANCE, DRILL_PENDING, DRILL_SEEN, DRILL_NEXT, DRILL_VERIFY, DRILL_SAME };

/// The crossing panics when it is made the next time but `after`; a negative number: never.
void drill_panics(enum drill_crossing crossing, int after);

#endif
