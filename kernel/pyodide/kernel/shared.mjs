/** What the two threads have in common: signals, and the places of the shared counters. */

/** Written into the shared byte: Pyodide has Python raise that signal. */
export const SIGINT = 2;
export const SIGUSR1 = 10;

/** How many requests have been passed on to their turn. */
export const TAKEN = 0;

/** How many bytes Python has published that the sockets do not have yet. */
export const SENT = 1;

/** Changes when there is input for code that waits for it. */
export const INPUT = 2;

/** How many interrupts were asked for, and how many of them Python has taken. */
export const ASKED = 3;
export const SEEN = 4;

/** The turn of the cell that the last one is for: no later cell is interrupted by it. */
export const ASKED_TURN = 5;

/** How many counters there are. */
export const COUNTERS = 6;
